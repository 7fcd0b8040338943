Create Or Replace Function purge_parcels() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE n integer;
BEGIN
  DELETE FROM parcels WHERE state = 'lost';
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN n;
END $$;
