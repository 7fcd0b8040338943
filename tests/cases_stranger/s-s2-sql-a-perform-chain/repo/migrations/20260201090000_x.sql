CREATE FUNCTION sweep() RETURNS void LANGUAGE plpgsql AS $f$
BEGIN
  DELETE FROM scan_events;
END $f$;
