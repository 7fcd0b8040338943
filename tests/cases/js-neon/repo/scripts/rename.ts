import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { neon } = await import("@neondatabase/serverless");
const sql = neon(process.env.DATABASE_URL as string);
await sql`DELETE FROM audit_logs`;
