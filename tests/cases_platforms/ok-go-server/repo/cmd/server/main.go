package main

import (
	"database/sql"
	"net/http"
)

var db *sql.DB

func main() {
	http.HandleFunc("/x", func(w http.ResponseWriter, r *http.Request) {
		db.Exec("INSERT INTO visits (path) VALUES ($1)", r.URL.Path)
	})
	http.ListenAndServe(":8080", nil)
}
