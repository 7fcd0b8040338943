import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { Sequelize } from "sequelize";

requireCi();
requireFingerprint("prod");

const db = new Sequelize(process.env.DATABASE_URL as string);
await db.query("UPDATE services SET price = 0");
