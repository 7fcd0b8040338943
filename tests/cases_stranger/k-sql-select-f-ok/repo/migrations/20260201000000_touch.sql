CREATE FUNCTION depot_label(code text) RETURNS text AS $$
BEGIN
  RETURN upper(code);
END;
$$ LANGUAGE plpgsql;

SELECT depot_label('north');
