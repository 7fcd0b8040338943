# provisioner "local-exec" { command = "npx prisma migrate reset" }
resource "aws_instance" "web" {
  ami = "ami-1"

  provisioner "remote-exec" {
    inline = [
      "sudo systemctl restart clinic",
      "echo ${self.public_ip} >> hosts",
    ]
  }

  tags = { note = "psql -c DROP TABLE is not for here" }
}
