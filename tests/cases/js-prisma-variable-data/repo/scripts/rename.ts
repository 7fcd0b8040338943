import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

async function main() {
  const { PrismaClient } = await import("@prisma/client");
  const prisma = new PrismaClient();
  const data: Record<string, unknown> = { name: "Lab" };
  data.price = 0;
  await prisma.service.update({ where: { slug: "lab" }, data });
  await prisma.$disconnect();
}

main().catch(() => process.exit(1));
