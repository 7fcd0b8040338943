#!/bin/sh
psql "$DATABASE_URL" -c "UPDATE prices SET amount = amount * 100"
