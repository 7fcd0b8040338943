import { Module } from "@nestjs/common";
import { ServicesService } from "./services.service";
import { PrismaService } from "./prisma.service";
@Module({ providers: [ServicesService, PrismaService] })
export class AppModule {}
