package main

import (
	"context"

	"example.com/shop/ent"
	"example.com/shop/ent/member"
)

func main() {
	client, _ := ent.Open("postgres", "x")
	client.Member.Delete().Where(member.Plan("idle")).Exec(context.Background())
}
