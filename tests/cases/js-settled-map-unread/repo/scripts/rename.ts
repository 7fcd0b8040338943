import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { Client } = await import("pg");
const client = new Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
const jobs = ["a", "b"].map((slug) => client.query("UPDATE services SET name = $1 WHERE slug = $2", ["x", slug]));
const results = await Promise.allSettled(jobs);
console.log(results);
