resource "terraform_data" "grant" {
  provisioner "local-exec" {
    interpreter = ["/bin/bash", "-c"]
    command     = <<-EOT
      psql "${var.database_url}" -c "ALTER TABLE services ADD COLUMN tier int"
    EOT
  }
}
