import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

async function main() {
  const { PrismaClient } = await import("@prisma/client");
  const prisma = new PrismaClient();
  await Promise.all(["a", "b"].map((slug) => prisma.service.update({ where: { slug }, data: { name: slug, price: 2 } })));
  await prisma.$disconnect();
}

main().catch(() => process.exit(1));
