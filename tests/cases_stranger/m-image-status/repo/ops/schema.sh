#!/bin/sh
set -eu
docker run --rm flyway/flyway:10-alpine -url="$JDBC_URL" info
docker run --rm ghcr.io/amacneil/dbmate:2 status
docker run -d --name db mysql:8 --innodb-flush-log-at-trx-commit=2
