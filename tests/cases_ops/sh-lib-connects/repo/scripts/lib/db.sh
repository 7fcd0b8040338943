psql "$DATABASE_URL" -c "CREATE TABLE IF NOT EXISTS deploys (id int)"
