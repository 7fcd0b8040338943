package main

import (
	"database/sql"
	"net/http"
	"os"

	_ "github.com/lib/pq"
)

func main() {
	db, _ := sql.Open("postgres", os.Getenv("DATABASE_URL"))
	http.HandleFunc("/close", func(w http.ResponseWriter, r *http.Request) {
		db.Exec("UPDATE depots SET is_open = FALSE WHERE code = $1", r.URL.Query().Get("code"))
	})
	http.ListenAndServe(":8080", nil)
}
