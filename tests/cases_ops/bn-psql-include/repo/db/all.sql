\i db/report.sql
