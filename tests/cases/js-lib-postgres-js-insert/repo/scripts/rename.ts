import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import postgres from "postgres";

requireCi();
requireFingerprint("prod");

const sql = postgres(process.env.DATABASE_URL as string);
await sql.begin(async (tx) => {
  await tx`insert into audit_logs ${tx([{ id: "1" }])}`;
});
