import { PrismaClient } from "@prisma/client";

const prisma = new PrismaClient();

export async function saveServices() {
  await prisma.service.update({ where: { id: 1 }, data: { name: "Laboratory", price: 40 } });
  await prisma.service.create({ data: { id: 2, slug: "x-ray", name: "X-ray", price: 60 } });
}

export async function saveCategories() {
  await prisma.category.update({ where: { id: 1 }, data: { icon: "flask" } });
}
