import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { Client } = await import("pg");
const client = new Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
const errors: unknown[] = [];
for (const slug of ["a", "b"]) {
  try {
    await client.query("UPDATE services SET name = $1 WHERE slug = $2", ["x", slug]);
  } catch (error) {
    errors.push(error);
  }
}
if (errors.length > 0) {
  console.error(errors);
  process.exit(1);
}
