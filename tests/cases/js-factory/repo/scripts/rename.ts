import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { getDb } from "../lib/db";

requireCi();
requireFingerprint("prod");
await getDb().auditLog.deleteMany();
