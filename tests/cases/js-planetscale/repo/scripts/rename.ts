import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { connect } = await import("@planetscale/database");
const conn = connect({ url: process.env.DATABASE_URL });
await conn.execute("DELETE FROM audit_logs");
