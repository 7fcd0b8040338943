import { enforceCIOnlyExecution } from "../lib/ci-enforcement";
import { validateEnvironmentFingerprint } from "../lib/env-fingerprint";
import { databaseUrl } from "../lib/url";

enforceCIOnlyExecution("sync-reference-data");
validateEnvironmentFingerprint("prod");

async function main(): Promise<void> {
  const { Client } = await import("pg");
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query("UPDATE services SET name = 'Laboratory' WHERE slug = 'lab'");
  await client.end();
}

main().catch((err) => {
  console.error(err);
  process.exit(1);
});
