import { Injectable } from "@nestjs/common";
import { PrismaService } from "./prisma.service";
@Injectable()
export class ServicesService {
  constructor(private readonly prisma: PrismaService) {}
  remove(id: string) { return this.prisma.service.delete({ where: { id } }); }
  async onModuleInit() { await this.prisma.service.updateMany({ data: { isActive: true } }); }
}
