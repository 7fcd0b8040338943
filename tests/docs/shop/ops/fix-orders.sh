#!/bin/sh
psql "$DATABASE_URL" -c "UPDATE orders SET status = 'open'"
