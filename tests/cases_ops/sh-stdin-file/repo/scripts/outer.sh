#!/usr/bin/env bash
bash < scripts/inner.sh
