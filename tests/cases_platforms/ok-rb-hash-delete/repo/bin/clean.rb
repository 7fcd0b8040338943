require "json"

data = JSON.parse(File.read("x.json"))
data.delete("old")
data.update("a" => 1)
File.delete("x.tmp")
names = %w[a b]
names.delete("a")
puts system("ls", "-l")
