import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { sql } = await import("@vercel/postgres");
await sql`DELETE FROM audit_logs`;
