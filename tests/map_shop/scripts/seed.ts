import { PrismaClient } from "@prisma/client";
const prisma = new PrismaClient();
async function main() {
  await prisma.service.createMany({ data: [{ id: 1, slug: "lab", name: "Lab", price: 1 }] });
  await prisma.category.create({ data: { id: 1, name: "All", icon: "dot" } });
}
main().catch(() => process.exit(1));
