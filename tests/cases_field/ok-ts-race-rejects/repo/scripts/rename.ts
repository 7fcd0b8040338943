import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { Client } = await import("pg");
const client = new Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
await Promise.race([
  client.query("UPDATE services SET name = 'Laboratory' WHERE slug = 'lab'"),
  new Promise((_, reject) => setTimeout(() => reject(new Error("too slow")), 1000)),
]);
await client.end();
