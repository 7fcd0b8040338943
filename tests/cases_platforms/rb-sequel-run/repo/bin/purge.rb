require "sequel"

database = Sequel.connect(ENV.fetch("DATABASE_URL"))
database.run("TRUNCATE members")
