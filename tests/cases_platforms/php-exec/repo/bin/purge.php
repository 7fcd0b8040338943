<?php
exec('psql -c "DELETE FROM members"', $out, $status);
