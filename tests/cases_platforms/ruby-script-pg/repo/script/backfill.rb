#!/usr/bin/env ruby
require "pg"

conn = PG.connect(ENV.fetch("DATABASE_URL"))
conn.exec_params(<<~SQL, [2, "basic"])
  UPDATE services
  SET tier = $1
  WHERE plan = $2
SQL
