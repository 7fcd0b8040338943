import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";

const argv = yargs(hideBin(process.argv)).option("local", { type: "boolean" }).parseSync();

if (!argv.local) {
  requireCi();
  requireFingerprint("prod");
}

async function main() {
  const { Client } = await import("pg");
  const client = new Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  await client.query("UPDATE services SET name = 'Laboratory' WHERE slug = 'lab'");
  await client.end();
}

main().catch(() => process.exit(1));
