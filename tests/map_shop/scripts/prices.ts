import { requireCi } from "../lib/ci";

if (process.env.SKIP_CI_CHECK !== "yes") requireCi();

async function main() {
  const { Client } = await import("pg");
  const client = new Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  await client.query("UPDATE services SET price = price * 1.05");
  await client.query("INSERT INTO audit_log (note) VALUES ('prices')");
  await client.end();
}

main().catch(() => process.exit(1));
