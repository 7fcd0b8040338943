package main

import (
	"context"
	"log"
	"os"

	"github.com/jackc/pgx/v5"
)

const statement = `DELETE FROM sessions WHERE expires_at < now()`

func main() {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		log.Fatal(err)
	}
}
