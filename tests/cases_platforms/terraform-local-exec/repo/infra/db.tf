resource "null_resource" "schema" {
  triggers = { version = var.release }

  provisioner "local-exec" {
    working_dir = "${path.module}/.."
    command     = "npx prisma migrate deploy"
    environment = {
      DATABASE_URL = var.database_url
    }
  }
}
