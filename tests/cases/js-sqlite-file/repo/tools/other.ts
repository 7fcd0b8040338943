import Database from "better-sqlite3";
const db = new Database("shop.db");
db.exec("DELETE FROM services");
