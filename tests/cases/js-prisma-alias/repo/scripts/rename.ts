import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

async function main() {
  const { PrismaClient } = await import("@prisma/client");
  const prisma = new PrismaClient();
  const db = prisma;
  const { auditLog: log } = db;
  await log.deleteMany();
  await prisma.$disconnect();
}

main().catch(() => process.exit(1));
