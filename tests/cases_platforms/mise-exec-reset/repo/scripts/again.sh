#!/bin/sh
set -eu
mise exec node@22 -- npx prisma migrate reset --force
