#!/bin/bash
set -e
npx eslint . || true
shellcheck scripts/*.sh || :
git diff --stat | cat
rm -f tmp.log || true
npx prisma validate
npx prisma generate
npx prisma migrate status || true
npx prisma format --check
