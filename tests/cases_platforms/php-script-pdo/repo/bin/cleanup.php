<?php

$pdo = new PDO(getenv('DATABASE_URL'));
$stmt = $pdo->prepare('DELETE FROM sessions WHERE expires_at < :now');
$stmt->execute(['now' => date('c')]);
echo "done\n";
