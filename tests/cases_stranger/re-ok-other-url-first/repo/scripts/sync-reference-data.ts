import { enforceCIOnlyExecution } from "../lib/ci-enforcement";
import { validateEnvironmentFingerprint } from "../lib/env-fingerprint";

enforceCIOnlyExecution("sync");
validateEnvironmentFingerprint("prod");

const { Client } = await import("pg");
const client = new Client({ connectionString: process.env.DATABASE_URL, application_name: process.env.APP_NAME });
await client.connect();
await client.query("UPDATE services SET name = 'b' WHERE slug = 'a'");
