#!/bin/sh
psql "$DATABASE_URL" -c "SELECT open_depots(), now(), lower('UPDATE depots')"
