import sqlite3

db = sqlite3.connect(":memory:")
db.execute("create table t (id int)")
db.execute("insert into t values (1)")
print(db.execute("select * from t").fetchall())
