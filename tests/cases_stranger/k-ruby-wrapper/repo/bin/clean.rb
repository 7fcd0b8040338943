#!/usr/bin/env ruby
def run(cmd)
  puts "+ #{cmd}"
  system(cmd) || abort("failed: #{cmd}")
end

run "psql $DATABASE_URL -c \"DELETE FROM parcels WHERE state = 'lost'\""
