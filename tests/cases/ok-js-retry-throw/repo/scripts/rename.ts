import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { Client } = await import("pg");
const client = new Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
for (let attempt = 1; ; attempt += 1) {
  try {
    await client.query("UPDATE services SET name = 'Laboratory' WHERE slug = 'lab'");
    break;
  } catch (error) {
    if (attempt === 3) throw error;
  }
}
