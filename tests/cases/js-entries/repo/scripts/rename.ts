import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { PrismaClient } = await import("@prisma/client");
const db = new PrismaClient();
for (const [name, model] of Object.entries(db)) {
  await (model as any).deleteMany?.();
}
