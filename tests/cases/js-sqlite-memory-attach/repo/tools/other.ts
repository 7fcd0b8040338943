import Database from "better-sqlite3";
const db = new Database(":memory:");
db.exec("ATTACH 'shop.db' AS shop; DELETE FROM shop.services");
