import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { Client } = await import("pg");
const client = new Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
client.query("UPDATE services SET name = $1", ["x"], (err, result) => {
  if (err) {
    console.error(err);
    process.exit(1);
  }
  console.log(result.rowCount);
  client.end();
});
