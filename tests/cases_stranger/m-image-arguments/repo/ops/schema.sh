#!/bin/sh
set -eu
docker run --rm -v "$PWD/sql:/flyway/sql" flyway/flyway:10-alpine -url="$JDBC_URL" migrate
