CREATE FUNCTION purge_lost() RETURNS void AS $$
BEGIN
  DELETE FROM parcels WHERE state = 'lost';
END;
$$ LANGUAGE plpgsql;

SELECT purge_lost();
