import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const postgres = (await import("postgres")).default;
const sql = postgres(process.env.DATABASE_URL as string);
await sql.unsafe("DELETE FROM audit_logs");
