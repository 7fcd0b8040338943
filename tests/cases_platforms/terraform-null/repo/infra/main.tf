resource "null_resource" "reset" {
  provisioner "local-exec" {
    interpreter = ["/bin/bash", "-c"]
    command     = "psql $DATABASE_URL -c 'TRUNCATE members'"
  }
}
