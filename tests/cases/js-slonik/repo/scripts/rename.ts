import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { createPool, sql } = await import("slonik");
const pool = await createPool(process.env.DATABASE_URL as string);
await pool.query(sql.unsafe`DELETE FROM audit_logs`);
