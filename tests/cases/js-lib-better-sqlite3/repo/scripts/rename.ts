import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import Database from "better-sqlite3";

requireCi();
requireFingerprint("prod");

const db = new Database(process.env.DATABASE_URL);
const wipe = db.prepare("DELETE FROM services WHERE slug = ?");
wipe.run("lab");
