import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

async function main() {
  const { PrismaClient } = await import("@prisma/client");
  const prisma = new PrismaClient();
  const rename = prisma.service.update({ where: { slug: "lab" }, data: { name: "Lab" } });
  await prisma.$transaction([rename, prisma.auditLog.create({ data: { id: "1", text: "x", serviceId: "s" } })]);
  await prisma.$disconnect();
}

main().catch(() => process.exit(1));
