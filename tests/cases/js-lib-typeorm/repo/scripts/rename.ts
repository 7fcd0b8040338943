import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { DataSource } from "typeorm";

requireCi();
requireFingerprint("prod");

const source = new DataSource({ type: "postgres", url: process.env.DATABASE_URL });
await source.initialize();
await source.createQueryBuilder().delete().from("audit_logs").execute();
