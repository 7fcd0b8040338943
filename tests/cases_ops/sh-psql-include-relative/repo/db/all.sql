\ir purge.sql
