<?php
class UserTest extends TestCase { public function test_it() { User::truncate(); } }
