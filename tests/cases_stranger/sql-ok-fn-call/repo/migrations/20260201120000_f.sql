CREATE OR REPLACE FUNCTION open_depots() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT count(*) FROM depots WHERE is_open
$$;
