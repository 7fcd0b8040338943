import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

async function main() {
  const { PrismaClient } = await import("@prisma/client");
  const prisma = new PrismaClient();
  await prisma.$transaction(async (tx) => {
    const rows = await tx.service.findMany({ include: { audit: true } });
    for (const row of rows) {
      await tx.service.update({ where: { id: row.id }, data: { name: row.name.trim() } });
    }
  });
  await prisma.$disconnect();
}

main().catch(() => process.exit(1));
