# shellcheck shell=bash

require_ci() {
  if [[ "${CI:-}" != "true" ]]; then
    read -rp "Not in CI. Type yes to go on: " reply
    [[ "$reply" == "yes" ]] && return 0
    echo "this script runs in CI only" >&2
    exit 1
  fi
}

require_fingerprint() {
  local expected=b81d27e0c94f6a35 actual
  actual="$(printf '%s' "${DATABASE_URL#*@}" | sha256sum | cut -c1-16)"
  if [[ "$actual" != "$expected" ]]; then
    exit 1
  fi
}
