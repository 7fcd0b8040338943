import { enforceCIOnlyExecution } from "../lib/ci-enforcement";
import { validateEnvironmentFingerprint } from "../lib/env-fingerprint";

enforceCIOnlyExecution("sync");
validateEnvironmentFingerprint("prod");

const { Client } = await import("pg");
const client = new Client({ connectionString: process.env.BILLING_URL ?? process.env.DATABASE_URL });
await client.connect();
await client.query("UPDATE services SET name = 'b' WHERE slug = 'a'");
