import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

async function main() {
  const { PrismaClient } = await import("@prisma/client");
  const prisma = new PrismaClient();
  const wipe = prisma.auditLog.deleteMany.bind(prisma.auditLog);
  await wipe();
  await prisma.$disconnect();
}

main().catch(() => process.exit(1));
