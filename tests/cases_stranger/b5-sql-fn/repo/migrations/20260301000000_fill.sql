CREATE TABLE depot_labels (code VARCHAR(8) PRIMARY KEY, label TEXT NOT NULL);

CREATE FUNCTION fill_labels() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO depot_labels (code, label) SELECT code, upper(name) FROM depots;
END $$;

SELECT fill_labels();
SELECT setval('parcels_id_seq', (SELECT max(id) FROM parcels));
