import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { neon } from "@neondatabase/serverless";

requireCi();
requireFingerprint("prod");

const sql = neon(process.env.DATABASE_URL as string);
await sql`DELETE FROM services`;
