#!/bin/sh
php -r '$pdo = new PDO(getenv("DSN")); $pdo->exec("DELETE FROM parcels");'
