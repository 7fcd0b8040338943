import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { Client } = await import("pg");
const client = new Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
await new Promise<void>((resolve, reject) => {
  client.query("UPDATE services SET name = $1", ["x"], (error) => (error ? reject(error) : resolve()));
});
