require "sequel"
DB = Sequel.connect(ENV["DATABASE_URL"])
DB[:sessions].where { expires_at < Time.now }.delete
