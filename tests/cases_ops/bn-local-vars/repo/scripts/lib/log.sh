log() { local level="$1"; shift; local line="[$level] $*"; echo "$line"; }
