import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

function guards(enabled = process.env.GUARDS !== "off") {
  if (!enabled) return;
  requireCi();
  requireFingerprint("prod");
}

guards();

async function main() {
  const { Client } = await import("pg");
  const client = new Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  await client.query("UPDATE services SET name = 'Laboratory' WHERE slug = 'lab'");
  await client.end();
}

main().catch(() => process.exit(1));
