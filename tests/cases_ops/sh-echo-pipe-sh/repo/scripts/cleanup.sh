#!/usr/bin/env bash
set -euo pipefail

echo "npx prisma migrate deploy" | ssh app-1 bash
