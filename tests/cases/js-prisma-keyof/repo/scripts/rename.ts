import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

async function main() {
  const { PrismaClient } = await import("@prisma/client");
  const prisma = new PrismaClient();
  const models = ["service", "auditLog"] as const;
  for (const name of models) await (prisma[name] as any).deleteMany();
  await prisma.$disconnect();
}

main().catch(() => process.exit(1));
