puts `psql -c "DELETE FROM members"`
