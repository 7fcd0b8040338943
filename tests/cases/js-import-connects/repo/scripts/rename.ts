import { db } from "../lib/db";
import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");
await db.query("UPDATE services SET name = 'Laboratory' WHERE slug = 'lab'");
