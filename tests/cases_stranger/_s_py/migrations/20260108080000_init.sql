CREATE TABLE rates (
  currency   CHAR(3) PRIMARY KEY,
  per_euro   NUMERIC(12, 6) NOT NULL,
  valid_from DATE NOT NULL,
  margin     NUMERIC(6, 4) NOT NULL DEFAULT 0
);
CREATE TABLE customers (
  id    BIGSERIAL PRIMARY KEY,
  email VARCHAR(200) NOT NULL,
  tier  TEXT NOT NULL,
  last_seen TIMESTAMPTZ
);
CREATE TABLE orders (
  id          BIGSERIAL PRIMARY KEY,
  customer_id BIGINT NOT NULL REFERENCES customers (id),
  state       TEXT NOT NULL,
  note        TEXT,
  total       NUMERIC(12, 2) NOT NULL
);
CREATE TABLE audit_log (
  id   BIGSERIAL PRIMARY KEY,
  at   TIMESTAMPTZ NOT NULL DEFAULT now(),
  what TEXT NOT NULL
);
