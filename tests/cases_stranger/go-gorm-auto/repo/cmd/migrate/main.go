package main

import (
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"os"
)

type Depot struct {
	Code string `gorm:"primaryKey"`
}

func main() {
	db, err := gorm.Open(postgres.Open(os.Getenv("DATABASE_URL")), &gorm.Config{})
	if err != nil {
		panic(err)
	}
	if err := db.AutoMigrate(&Depot{}); err != nil {
		panic(err)
	}
}
