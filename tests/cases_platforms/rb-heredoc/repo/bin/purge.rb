require "pg"

conn = PG.connect(ENV["DATABASE_URL"])
conn.exec(<<~SQL)
  DELETE FROM members
  WHERE plan = 'idle'
SQL
