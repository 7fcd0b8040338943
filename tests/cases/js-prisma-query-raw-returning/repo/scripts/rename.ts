import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

async function main() {
  const { PrismaClient } = await import("@prisma/client");
  const prisma = new PrismaClient();
  const rows = await prisma.$queryRaw`UPDATE services SET price = 0 RETURNING id`;
  console.log(rows);
  await prisma.$disconnect();
}

main().catch(() => process.exit(1));
