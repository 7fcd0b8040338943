cat <<A <<B
$(cat <<C
