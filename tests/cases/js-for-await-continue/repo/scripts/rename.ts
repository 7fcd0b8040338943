import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { Client } = await import("pg");
const client = new Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
async function* slugs() {
  yield "a";
  yield "b";
}
for await (const slug of slugs()) {
  try {
    await client.query("UPDATE services SET name = $1 WHERE slug = $2", ["x", slug]);
  } catch (error) {
    console.error(error);
    continue;
  }
}
