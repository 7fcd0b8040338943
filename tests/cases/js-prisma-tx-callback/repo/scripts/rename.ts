import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

async function main() {
  const { PrismaClient } = await import("@prisma/client");
  const prisma = new PrismaClient();
  await prisma.$transaction(async (tx) => {
    await tx.service.updateMany({ data: { name: "Lab", price: 1 } });
  });
  await prisma.$disconnect();
}

main().catch(() => process.exit(1));
