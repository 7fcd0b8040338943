require "pg"

conn = PG.connect(ENV["DATABASE_URL"])
conn.exec("SELECT count(*) FROM members").each { |row| puts row }
