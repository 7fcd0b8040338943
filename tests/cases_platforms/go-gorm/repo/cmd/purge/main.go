package main

import (
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

type Member struct{ Plan string }

func main() {
	db, _ := gorm.Open(postgres.Open("x"), &gorm.Config{})
	db.Where("plan = ?", "idle").Delete(&Member{})
}
