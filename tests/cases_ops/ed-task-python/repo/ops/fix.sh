#!/bin/sh
psql "$PROD_URL" -c 'delete from bookings'
