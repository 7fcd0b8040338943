<?php
require '../vendor/autoload.php';
$app->run();
