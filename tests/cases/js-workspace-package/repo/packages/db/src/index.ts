import type { PrismaClient } from "@prisma/client";

export const purge = (db: PrismaClient) => db.auditLog.deleteMany();
