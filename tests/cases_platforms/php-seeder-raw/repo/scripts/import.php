#!/usr/bin/env php
<?php
$db = new mysqli('db', 'app', getenv('DB_PASSWORD'));
$sql = file_get_contents('sql/import.sql');
$db->multi_query($sql);
