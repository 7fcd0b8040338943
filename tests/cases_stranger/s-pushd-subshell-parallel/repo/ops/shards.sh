#!/usr/bin/env bash
set -euo pipefail
shards=(s1 s2 s3)
parallel -j4 psql "service={}" -c "'DELETE FROM events WHERE old'" ::: "${shards[@]}"
