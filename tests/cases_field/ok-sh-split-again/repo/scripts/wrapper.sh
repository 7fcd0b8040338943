#!/bin/sh
eval "set -- $(printf '%s\n' "$JAVA_OPTS" | xargs -n1 | sed ' s~[^-[:alnum:]+,./:=@_]~\\&~g; ') "'"$@"'
echo "$@" psql
