import type { PrismaClient } from "@prisma/client";

export const clear = (db: PrismaClient) => db.auditLog.deleteMany();
