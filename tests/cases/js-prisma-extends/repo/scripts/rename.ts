import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

async function main() {
  const { PrismaClient } = await import("@prisma/client");
  const prisma = new PrismaClient();
  const x = prisma.$extends({ name: "log" });
  await x.service.deleteMany();
  await prisma.$disconnect();
}

main().catch(() => process.exit(1));
