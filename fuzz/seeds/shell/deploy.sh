#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[[ "${CI:-}" == true ]] || { echo no >&2; exit 1; }
f() { local a=$1; case "$a" in x|y) return 1 ;; *) shift ;; esac; }
psql "$URL" <<'SQL' | tee log || true
UPDATE t SET a = 1;
SQL
cat <<-EOT > "$out"
	$(date) ${x//a/b} $((1 + 2))
	EOT
for i in "${a[@]}"; do f "$i" & done; wait
trap 'rm -f "$t"' EXIT ERR
if ! grep -q x <(sort y); then until false; do break; done; fi
bash -c 'prisma migrate deploy' && CI=true npm run x; eval "$cmd"
