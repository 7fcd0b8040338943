import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { purge } from "@acme/db";

requireCi();
requireFingerprint("prod");

async function main() {
  const { PrismaClient } = await import("@prisma/client");
  const prisma = new PrismaClient();
  await purge(prisma);
  await prisma.$disconnect();
}

main().catch(() => process.exit(1));
