import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod", process.env.DATABASE_URL);

async function main() {
  const { Client } = await import("pg");
  const source = new Client({ connectionString: process.env.DEV_DATABASE_URL });
  const target = new Client({ connectionString: process.env.DATABASE_URL });
  await source.connect();
  await target.connect();
  const { rows } = await source.query("SELECT slug, name FROM services");
  for (const row of rows) {
    await target.query("UPDATE services SET name = $1 WHERE slug = $2", [row.name, row.slug]);
  }
  await source.end();
  await target.end();
}

main().catch(() => process.exit(1));
