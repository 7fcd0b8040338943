#!/bin/sh
set -eu
. ops/lib.inc
wipe
