require_ci() {
  if [[ "${CI:-}" != "true" ]]; then
    exit 1
  fi
}

require_fingerprint() {
  local found
  found="$(psql "$DATABASE_URL" -XAtc "SELECT environment FROM public.database_metadata WHERE id = 'singleton'")"
  if [[ "$found" != "$1" ]]; then
    echo "this database is '$found', not '$1'" >&2
    exit 1
  fi
}
