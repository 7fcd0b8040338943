import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { Client } = await import("pg");
const client = new Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
client.query("SELECT 1", (error) => {
  if (error) console.error(error);
});
await client.query("UPDATE services SET name = 'Laboratory' WHERE slug = 'lab'");
