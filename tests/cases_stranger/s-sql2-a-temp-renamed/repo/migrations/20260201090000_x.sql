CREATE TEMP TABLE scan_events (id BIGINT);
ALTER TABLE scan_events RENAME TO s;
DROP TABLE scan_events;
