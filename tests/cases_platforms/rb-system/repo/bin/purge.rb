ok = system("psql", ENV["DATABASE_URL"], "-c", "DELETE FROM members")
exit 1 unless ok
