package main

import (
	"log"
	"os"
	"os/exec"
)

func main() {
	cmd := exec.Command("npx", "prisma", "migrate", "reset", "--force")
	cmd.Env = append(os.Environ(), "CI=true")
	if err := cmd.Run(); err != nil {
		log.Fatal(err)
	}
}
