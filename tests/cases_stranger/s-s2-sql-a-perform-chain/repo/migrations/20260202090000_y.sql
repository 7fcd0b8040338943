DO $$
BEGIN
  PERFORM sweep();
END $$;
