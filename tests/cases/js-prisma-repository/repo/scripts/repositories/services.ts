import type { PrismaClient } from "@prisma/client";

export class Services {
  constructor(private readonly prisma: PrismaClient) {}

  async purge() {
    await this.prisma.auditLog.deleteMany();
  }
}
