CREATE TEMPORARY TABLE last_seen AS
  SELECT parcel_id, max(scanned_at) AS at FROM scan_events GROUP BY parcel_id;
ALTER TABLE parcels ADD COLUMN seen_at TIMESTAMPTZ;
UPDATE parcels p SET seen_at = l.at FROM last_seen l WHERE l.parcel_id = p.id;
DROP TABLE last_seen;
