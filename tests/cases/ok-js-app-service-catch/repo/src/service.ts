import { PrismaClient } from "@prisma/client";

const prisma = new PrismaClient();
export const touch = (id: string) => prisma.service.update({ where: { id }, data: { price: 1 } }).catch(() => {});
export const remove = async (ids: string[]) => {
  if (process.env.DISABLE_DELETES === "true") return;
  await prisma.service.deleteMany({ where: { id: { in: ids } } });
};
