resource "x" "y" {
  provisioner "local-exec" {
    command = "npm run deploy:db"
    environment = {
      CI = "true"
    }
  }
}
