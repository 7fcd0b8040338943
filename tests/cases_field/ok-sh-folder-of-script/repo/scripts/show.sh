#!/bin/sh
echo "$PGHOST $*"
