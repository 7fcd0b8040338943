#!/bin/sh
set -eu
CI=true cargo run --release --bin sync_plans -- --now
