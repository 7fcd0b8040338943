Service.find_or_create_by!(name: "Standard") do |service|
  service.price = 10
end
