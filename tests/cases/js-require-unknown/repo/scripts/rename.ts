import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { PrismaClient } = await import("@prisma/client");
const db = new PrismaClient();
await db.service.update({ where: { id: "1" }, data: { name: "x" } });
require(process.env.STEP as string);
