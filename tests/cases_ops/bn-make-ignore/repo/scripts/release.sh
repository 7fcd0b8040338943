#!/usr/bin/env bash
set -euo pipefail
make -i clean
make -k lint
