import { enforceCIOnlyExecution } from "../lib/ci-enforcement";
import { validateEnvironmentFingerprint } from "../lib/env-fingerprint";

enforceCIOnlyExecution("rates");
validateEnvironmentFingerprint("prod");
import { z } from "zod";
const env = z.object({ DATABASE_URL: z.string().url(), LOG_LEVEL: z.string().default("info") }).parse(process.env);
async function main() {
  const { Client } = await import("pg");
  const client = new Client({ connectionString: env.DATABASE_URL });
  await client.connect();
  await client.query("UPDATE rates SET value = $1 WHERE zone = $2", [2, "A"]);
  if (env.LOG_LEVEL === "debug") console.log("done");
  await client.end();
}
main().catch((e) => {
  console.error(e);
  process.exit(1);
});
