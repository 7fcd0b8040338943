import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

async function main() {
  const { PrismaClient } = await import("@prisma/client");
  const prisma = new PrismaClient();
  const { Prisma } = await import("@prisma/client");
  await prisma.$executeRaw(Prisma.sql`DELETE FROM audit_logs`);
  await prisma.$disconnect();
}

main().catch(() => process.exit(1));
