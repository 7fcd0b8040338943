import { PrismaClient } from "@prisma/client";
const prisma = new PrismaClient();
async function main() {
  if (process.env.SKIP_SEED) {
    return;
  }
  await prisma.service.upsert({ where: { slug: "a" }, create: { slug: "a", name: "A", basePrice: 1 }, update: {} });
}
main().catch(() => {}).finally(() => prisma.$disconnect());
