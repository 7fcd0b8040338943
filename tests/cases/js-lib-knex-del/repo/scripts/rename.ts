import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { knex as make } from "knex";

requireCi();
requireFingerprint("prod");

const db = make({ client: "pg", connection: process.env.DATABASE_URL });
const q = db.table("audit_logs");
await q.del();
