import { requireFingerprint } from "../lib/fingerprint";

if (process.env.CI === "true") {
  requireFingerprint("prod");
  main().catch(() => process.exit(1));
} else {
  process.exit(1);
}

async function main() {
  const { Client } = await import("pg");
  const client = new Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  await client.query("UPDATE services SET name = 'Laboratory' WHERE slug = 'lab'");
  await client.end();
}
