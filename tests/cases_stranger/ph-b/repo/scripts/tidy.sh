#!/bin/sh
php -r '(new PDO("x"))->exec("DELETE FROM parcels");'
