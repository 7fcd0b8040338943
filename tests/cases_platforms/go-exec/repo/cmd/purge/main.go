package main

import "os/exec"

func main() {
	if err := exec.Command("psql", "-c", "DELETE FROM members").Run(); err != nil {
		panic(err)
	}
}
