import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { Client } = await import("pg");
const client = new Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
let failed = 0;
const results = await Promise.allSettled([client.query("UPDATE services SET name = 'Laboratory' WHERE slug = 'lab'")]);
results.forEach((result) => {
  if (result.status === "rejected") {
    console.error(result.reason);
    failed += 1;
  }
});
if (failed > 0) process.exitCode = 1;
