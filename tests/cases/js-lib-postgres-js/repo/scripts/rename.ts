import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import postgres from "postgres";

requireCi();
requireFingerprint("prod");

const sql = postgres(process.env.DATABASE_URL as string);
await sql`update services set ${sql({ price: 1 })} where slug = ${"lab"}`;
