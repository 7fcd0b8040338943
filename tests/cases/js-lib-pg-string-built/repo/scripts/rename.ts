import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { Pool } from "pg";

requireCi();
requireFingerprint("prod");

const pool = new Pool({ connectionString: process.env.DATABASE_URL });
const fields = ["name", "price"];
const sql = "UPDATE services SET " + fields.map((f, i) => `${f} = $${i + 1}`).join(", ");
await pool.query(sql, ["a", 1]);
