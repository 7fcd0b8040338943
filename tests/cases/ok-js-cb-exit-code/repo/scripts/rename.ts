import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const mysql = await import("mysql2");
const db = mysql.createConnection(process.env.DATABASE_URL as string);
db.query("UPDATE services SET name = ?", ["x"], (error) => {
  if (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
  db.end();
});
