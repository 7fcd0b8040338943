import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

async function main() {
  const { PrismaClient } = await import("@prisma/client");
  const prisma = new PrismaClient();
  await prisma.auditLog.update({ where: { id: "1" }, data: { service: { connectOrCreate: { where: { id: "s" }, create: { id: "s", slug: "s", name: "n", price: 1 } } } } });
  await prisma.$disconnect();
}

main().catch(() => process.exit(1));
