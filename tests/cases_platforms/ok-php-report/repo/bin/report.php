<?php
// DELETE FROM users is done elsewhere
$pdo = new PDO(getenv('DATABASE_URL'));
foreach ($pdo->query('SELECT name FROM services') as $row) {
    echo $row['name'], PHP_EOL;
}
unlink('old.txt');
