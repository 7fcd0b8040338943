import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

async function main() {
  const { PrismaClient } = await import("@prisma/client");
  const prisma = new PrismaClient();
  await prisma.$executeRawUnsafe("DELETE FROM services WHERE slug = $1", "lab");
  await prisma.$disconnect();
}

main().catch(() => process.exit(1));
