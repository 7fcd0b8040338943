import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { drizzle } from "drizzle-orm/node-postgres";
import { integer, pgTable, text } from "drizzle-orm/pg-core";
import { eq } from "drizzle-orm";

requireCi();
requireFingerprint("prod");

const rows = pgTable("services", { slug: text("slug"), cost: integer("price") });
const db = drizzle(process.env.DATABASE_URL as string);
await db.update(rows).set({ cost: 3 }).where(eq(rows.slug, "lab"));
