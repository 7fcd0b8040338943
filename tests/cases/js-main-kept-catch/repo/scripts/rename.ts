import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { Client } from "pg";

async function main() {
  requireCi();
  requireFingerprint("prod");
  const client = new Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  await client.query("UPDATE services SET name = 'Laboratory' WHERE slug = 'lab'");
  await client.end();
}
const done = main();
done.catch(() => {});
