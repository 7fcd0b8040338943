#!/usr/bin/env ruby
def sh!(command)
  out = `#{command}`
  raise out unless $?.success?
  out
end

sh!("psql #{ENV['DATABASE_URL']} -c 'TRUNCATE parcels'")
