import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { Client } = await import("pg");
const client = new Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
const results = await Promise.allSettled([client.query("UPDATE services SET name = 'Laboratory' WHERE slug = 'lab'")]);
const failed = results.filter((result) => result.status === "rejected");
process.exitCode = failed.length ? 1 : 0;
