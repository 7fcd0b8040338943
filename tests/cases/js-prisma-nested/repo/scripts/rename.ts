import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

async function main() {
  const { PrismaClient } = await import("@prisma/client");
  const prisma = new PrismaClient();
  await prisma.service.update({
    where: { slug: "lab" },
    data: { name: "Lab", audit: { create: { id: "a", text: "renamed" } } },
  });
  await prisma.$disconnect();
}

main().catch(() => process.exit(1));
