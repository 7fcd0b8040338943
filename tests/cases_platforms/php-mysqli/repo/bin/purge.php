<?php
$db = mysqli_connect('db', 'app', getenv('PASSWORD'), 'shop');
mysqli_query($db, "UPDATE prices SET cents = 0");
