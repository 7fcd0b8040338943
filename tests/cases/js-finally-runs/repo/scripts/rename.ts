import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireFingerprint("prod");
try {
  requireCi();
} finally {
  await main();
}

async function main() {
  const { Client } = await import("pg");
  const client = new Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  await client.query("UPDATE services SET name = 'Laboratory' WHERE slug = 'lab'");
  await client.end();
}
