#!/usr/bin/env ruby
def run(cmd)
  puts "+ #{cmd}"
  system(cmd) || abort("failed: #{cmd}")
end

run "psql $DATABASE_URL -c 'SELECT count(*) FROM parcels'"
run "bundle exec rubocop"
