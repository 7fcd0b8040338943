#!/usr/bin/env bash
set -euo pipefail

env CI=true ./scripts/deploy-db.sh
