import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { Client } = await import("pg");
const client = new Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
if (process.argv[2]) {
  await client.query("CREATE TEMP TABLE incoming (id int)");
}
await client.query("DELETE FROM incoming");
