import assert from "node:assert";
import { requireFingerprint } from "../lib/fingerprint";

try {
  assert.strictEqual(process.env.CI, "true");
} catch {
  console.warn("not in CI");
}
requireFingerprint("prod");

async function main() {
  const { Client } = await import("pg");
  const client = new Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  await client.query("UPDATE services SET name = 'Laboratory' WHERE slug = 'lab'");
  await client.end();
}

main().catch(() => process.exit(1));
