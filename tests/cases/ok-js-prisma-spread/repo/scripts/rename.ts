import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

async function main() {
  const { PrismaClient } = await import("@prisma/client");
  const prisma = new PrismaClient();
  const patch = { name: "Laboratory" };
  await prisma.service.updateMany({ where: { slug: "lab" }, data: { ...patch } });
  console.log(await prisma.auditLog.count());
  await prisma.$disconnect();
}

main().catch(() => process.exit(1));
