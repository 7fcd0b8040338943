import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

async function main() {
  const { PrismaClient } = await import("@prisma/client");
  const prisma = new PrismaClient();
  const base = { name: "Lab" };
  await prisma.service.update({ where: { slug: "lab" }, data: Object.assign({}, base, { price: 0 }) });
  await prisma.$disconnect();
}

main().catch(() => process.exit(1));
