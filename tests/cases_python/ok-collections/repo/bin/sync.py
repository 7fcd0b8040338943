import os

import psycopg
import requests

seen = set()
seen.add(1)
seen.discard(1)
settings = {"a": 1}
settings.update(b=2)
session = requests.Session()
session.delete("https://api.example.invalid/items/1")
session.put("https://api.example.invalid/items/2", json={"plan": "x"})
with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
    for (code,) in conn.execute("SELECT code FROM prices WHERE note <> 'DELETE FROM prices'"):
        settings.update({code: 1})
        print(f"would UPDATE prices SET cents = 1 WHERE code = {code}")
