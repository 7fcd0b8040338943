import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");
const verbose = process.env.VERBOSE === "1";
const log = verbose ? console.log : () => {};
log("start");
if (process.env.SKIP_NOTIFY !== "1") console.log("would notify");

async function main() {
  const { Client } = await import("pg");
  const client = new Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  await client.query("UPDATE services SET name = 'Laboratory' WHERE slug = 'lab'");
  await client.end();
}

main().catch(() => process.exit(1));
