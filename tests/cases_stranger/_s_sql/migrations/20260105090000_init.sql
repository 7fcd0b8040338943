CREATE TABLE parcels (
    id         BIGSERIAL PRIMARY KEY,
    code       VARCHAR(40) NOT NULL,
    weight     BIGINT NOT NULL,
    price      NUMERIC(12, 4) NOT NULL DEFAULT 0,
    state      TEXT NOT NULL DEFAULT 'new',
    legacy_ref TEXT
);
CREATE TABLE scan_events (
    id         BIGSERIAL PRIMARY KEY,
    parcel_id  BIGINT NOT NULL,
    scanned_at TIMESTAMPTZ NOT NULL
);
