import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

async function main() {
  const { PrismaClient } = await import("@prisma/client");
  const prisma = new PrismaClient();
  if (process.argv[2] === "clean") {
    await prisma.service.delete({ where: { slug: "lab" } });
  }
  await prisma.$disconnect();
}

main().catch(() => process.exit(1));
