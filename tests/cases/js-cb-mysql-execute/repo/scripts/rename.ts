import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const mysql = await import("mysql2");
const db = mysql.createConnection(process.env.DATABASE_URL as string);
db.execute("UPDATE services SET name = 'x'", function (err) {
  console.log("done", err);
});
