import { PrismaClient } from "@prisma/client";

const prisma = new PrismaClient();

export const services = {
  audit: {
    purge: async () => prisma.auditLog.deleteMany(),
  },
};
