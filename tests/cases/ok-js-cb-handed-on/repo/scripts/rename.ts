import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { Client } = await import("pg");
const client = new Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
client.query("UPDATE services SET name = $1", ["x"], done);
function done(error: Error | null) {
  if (error) process.exit(1);
  client.end();
}
