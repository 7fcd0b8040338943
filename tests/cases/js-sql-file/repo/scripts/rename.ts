import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";

requireCi();
requireFingerprint("prod");

const client = new Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
await client.query(readFileSync(join(__dirname, "sql", "fix.sql"), "utf8"));
