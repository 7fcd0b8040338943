import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { PrismaClient } = await import("@prisma/client");
const db = new PrismaClient();
for (const name of Object.keys(db)) {
  await (db as any)[name].deleteMany();
}
