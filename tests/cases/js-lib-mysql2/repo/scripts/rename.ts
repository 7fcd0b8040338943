import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import mysql from "mysql2/promise";

requireCi();
requireFingerprint("prod");

const db = await mysql.createConnection(process.env.DATABASE_URL as string);
await db.execute("TRUNCATE TABLE services");
