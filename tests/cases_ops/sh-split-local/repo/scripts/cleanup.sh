#!/usr/bin/env bash
set -euo pipefail

apply() {
  local cmd="psql --quiet --dbname=$1"
  $cmd --command "TRUNCATE sessions"
}
apply "$DATABASE_URL"
