package main

import (
	"os"
	"os/exec"
)

func main() {
	m := map[string]int{"a": 1}
	delete(m, "a")
	os.Remove("x")
	_ = exec.Command("ls", "-l").Run()
}
