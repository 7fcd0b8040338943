import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { Services } from "./repositories";

requireCi();
requireFingerprint("prod");

async function main() {
  const { PrismaClient } = await import("@prisma/client");
  const prisma = new PrismaClient();
  await new Services(prisma).purge();
  await prisma.$disconnect();
}

main().catch(() => process.exit(1));
