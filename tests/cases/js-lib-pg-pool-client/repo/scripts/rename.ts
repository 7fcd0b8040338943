import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { Pool } from "pg";

requireCi();
requireFingerprint("prod");

const pool = new Pool({ connectionString: process.env.DATABASE_URL });
const client = await pool.connect();
await client.query({ text: "UPDATE services SET price = $1", values: [1] });
