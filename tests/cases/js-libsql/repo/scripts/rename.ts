import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { createClient } = await import("@libsql/client");
const db = createClient({ url: process.env.DATABASE_URL as string });
await db.execute("DELETE FROM audit_logs");
await db.batch(["DELETE FROM audit_logs"]);
