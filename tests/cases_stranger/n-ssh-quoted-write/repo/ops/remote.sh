#!/bin/sh
set -eu
ssh -o BatchMode=yes "$HOST" psql shop -c "'DELETE FROM events WHERE old'"
