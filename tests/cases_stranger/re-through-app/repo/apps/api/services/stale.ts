import { prisma } from "../db";

export function closeStale(before: Date) {
  return prisma.service.updateMany({ where: { slug: "old" }, data: { isActive: false } });
}

export function countStale() {
  return prisma.service.count();
}
