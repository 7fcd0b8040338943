import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import knex from "knex";

requireCi();
requireFingerprint("prod");

const db = knex({ client: "pg", connection: process.env.DATABASE_URL });
await db("services").where({ slug: "lab" }).update({ name: "Lab", price: 3 });
