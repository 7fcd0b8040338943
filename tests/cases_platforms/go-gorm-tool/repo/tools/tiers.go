package main

import "gorm.io/gorm"

func run(db *gorm.DB) error {
	return db.Model(&Service{}).
		Where("plan = ?", "free").
		Updates(map[string]any{"tier": 2}).Error
}

func main() {}
