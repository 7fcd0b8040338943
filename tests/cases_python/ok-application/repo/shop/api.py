import os

import psycopg
from fastapi import FastAPI

app = FastAPI()


@app.post("/members")
def join(email: str) -> dict:
    with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
        conn.execute("INSERT INTO members (email, plan) VALUES (%s, 'basic')", (email,))
    return {"ok": True}
