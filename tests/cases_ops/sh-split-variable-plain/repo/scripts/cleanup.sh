#!/usr/bin/env bash
set -euo pipefail

migrate="npx prisma migrate"
$migrate deploy
