<?php
$pdo = new PDO(getenv('DATABASE_DSN'));
$statement = $pdo->prepare('DELETE FROM members WHERE plan = ?');
$statement->execute(['idle']);
