import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const pgp = (await import("pg-promise")).default();
const db = pgp(process.env.DATABASE_URL as string);
await db.none("DELETE FROM audit_logs");
