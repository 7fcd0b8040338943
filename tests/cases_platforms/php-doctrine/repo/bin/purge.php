<?php
$entityManager = require 'bootstrap.php';
$connection = $entityManager->getConnection();
$connection->executeStatement('DELETE FROM members');
