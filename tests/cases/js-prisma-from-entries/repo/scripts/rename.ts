import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

async function main() {
  const { PrismaClient } = await import("@prisma/client");
  const prisma = new PrismaClient();
  const { readFileSync } = await import("node:fs");
  const rows = JSON.parse(readFileSync("rows.json", "utf8"));
  for (const row of rows) await prisma.service.update({ where: { slug: row.slug }, data: row });
  await prisma.$disconnect();
}

main().catch(() => process.exit(1));
