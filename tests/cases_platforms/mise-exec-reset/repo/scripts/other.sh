#!/bin/sh
set -eu
mise x -c "npx prisma migrate reset --force"
