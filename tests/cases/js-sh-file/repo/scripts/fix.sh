#!/bin/bash
set -e
psql "$DATABASE_URL" -c "DELETE FROM services"
