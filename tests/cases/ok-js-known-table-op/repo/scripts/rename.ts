import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { PrismaClient } = await import("@prisma/client");
const db = new PrismaClient();
const op = "update" as const;
await db.service[op]({ where: { id: "1" }, data: { name: "x" } });
