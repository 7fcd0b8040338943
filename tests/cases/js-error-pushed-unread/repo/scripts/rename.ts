import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { Client } = await import("pg");
const client = new Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
const errors: unknown[] = [];
try {
  await client.query("UPDATE services SET name = 'Laboratory' WHERE slug = 'lab'");
} catch (error) {
  errors.push(error);
}
console.log(errors.length);
