#!/bin/sh
psql "$DATABASE_URL" -c "SELECT purge_parcels()"
