import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

async function main() {
  const { PrismaClient } = await import("@prisma/client");
  const prisma = new PrismaClient();
  for (const t of process.argv.slice(2)) {
    await prisma.$executeRawUnsafe(`UPDATE ${t} SET name = 'x'`);
  }
  await prisma.$disconnect();
}

main().catch(() => process.exit(1));
