package store

func TestDelete(t *testing.T) {
	db.Exec("TRUNCATE users")
}
