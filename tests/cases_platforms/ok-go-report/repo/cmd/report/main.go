package main

import (
	"database/sql"
	"fmt"
	"os"
)

func main() {
	db, _ := sql.Open("pgx", os.Getenv("DATABASE_URL"))
	rows, _ := db.Query(`SELECT name FROM services`)
	for rows.Next() {
		var name string
		rows.Scan(&name)
		fmt.Println("never UPDATE", name)
	}
	delete(map[string]int{}, "x")
}
