import { enforceCIOnlyExecution } from "../lib/ci-enforcement";
import { validateEnvironmentFingerprint } from "../lib/env-fingerprint";

enforceCIOnlyExecution("carriers");
validateEnvironmentFingerprint("prod");
const verbose = process.argv.includes("--verbose");
const { Client } = await import("pg");
const client = new Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
try {
  await client.query("UPDATE carriers SET title = $1 WHERE code = $2", ["X", "x"]);
} catch (error) {
  if (verbose) console.warn(error);
  throw error;
} finally {
  await client.end();
}
