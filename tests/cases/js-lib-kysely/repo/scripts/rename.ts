import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { Kysely, PostgresDialect } from "kysely";
import { Pool } from "pg";

requireCi();
requireFingerprint("prod");

const db = new Kysely<any>({ dialect: new PostgresDialect({ pool: new Pool({ connectionString: process.env.DATABASE_URL }) }) });
await db.updateTable("services").set({ price: 1 }).where("slug", "=", "lab").execute();
