import { enforceCIOnlyExecution } from "../lib/ci-enforcement";
import { validateEnvironmentFingerprint } from "../lib/env-fingerprint";

enforceCIOnlyExecution("sync-reference-data");
validateEnvironmentFingerprint("prod");

async function main(): Promise<void> {
  const { Client } = await import("pg");
  const client = new Client({
    connectionString: process.env.DATABASE_URL,
    application_name: process.env.SITE_URL ?? "sync",
    ssl: process.env.PGSSL === "1" ? { rejectUnauthorized: true } : undefined,
  });
  await client.connect();
  await client.query("UPDATE services SET name = 'Laboratory' WHERE slug = 'lab'");
  await client.end();
}

main().catch((err) => {
  console.error(err);
  process.exit(1);
});
