\set ON_ERROR_STOP on
\i db/purge.sql
