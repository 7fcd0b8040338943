#!/bin/sh
set -eu
ssh "$HOST" psql shop -Atc "'SELECT count(*) FROM events'"
ssh "$HOST" journalctl -u shop --since \"1 hour ago\"
parallel -j4 psql "service={}" -c "'SELECT 1'" ::: s1 s2
