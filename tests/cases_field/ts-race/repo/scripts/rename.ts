import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { Client } = await import("pg");
const client = new Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
await Promise.race([
  client.query("UPDATE services SET name = 'Laboratory' WHERE slug = 'lab'"),
  new Promise((resolve) => setTimeout(resolve, 1000)),
]);
process.exit(0);
