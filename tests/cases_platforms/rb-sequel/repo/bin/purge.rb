require "sequel"

DB = Sequel.connect(ENV.fetch("DATABASE_URL"))
DB[:members].where(plan: "idle").delete
