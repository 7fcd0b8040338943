import sqlite3

db = sqlite3.connect("shop.db")
db.execute("delete from services")
