#!/usr/bin/env bash
set -e
HERE="$(cd "$(dirname "$0")" && pwd)"
ROOT=$(cd -P "$HERE/.."; pwd)
result=$("$HERE/show.sh" sh -c 'echo "$PGHOST"')
"$ROOT/scripts/show.sh" "$result"
