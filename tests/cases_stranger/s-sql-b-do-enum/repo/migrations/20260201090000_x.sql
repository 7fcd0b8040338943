DO $$
BEGIN
  CREATE TYPE parcel_state AS ENUM ('new', 'lost', 'deleted');
EXCEPTION
  WHEN duplicate_object THEN NULL;
END $$;
ALTER TYPE parcel_state ADD VALUE IF NOT EXISTS 'returned';
