import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

async function main() {
  const { PrismaClient } = await import("@prisma/client");
  const prisma = new PrismaClient();
  const withPrice = process.argv.length > 2;
  await prisma.service.update({ where: { slug: "lab" }, data: { name: "Lab", ...(withPrice && { price: 1 }) } });
  await prisma.$disconnect();
}

main().catch(() => process.exit(1));
