<?php
$cache = new Cache();
$cache->delete('key');
$list = new ArrayObject();
unlink('/tmp/x');
echo shell_exec('ls -l');
