package main

import (
	"os"

	"github.com/jmoiron/sqlx"
)

const purge = `
DELETE FROM members
WHERE plan = 'idle'`

func main() {
	store := sqlx.MustConnect("postgres", os.Getenv("DATABASE_URL"))
	store.MustExec(purge)
}
