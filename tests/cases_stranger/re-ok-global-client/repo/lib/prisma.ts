import { PrismaClient } from "@prisma/client";

const make = () => new PrismaClient({ omit: { service: { icon: true } } });

declare global {
  var prisma: ReturnType<typeof make> | undefined;
}

export const prisma = global.prisma ?? make();

if (process.env.NODE_ENV !== "production") {
  global.prisma = prisma;
}
