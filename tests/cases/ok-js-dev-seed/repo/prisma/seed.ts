import { PrismaClient } from "@prisma/client";

const prisma = new PrismaClient();
await prisma.service.deleteMany();
await prisma.service.create({ data: { id: "1", slug: "lab", name: "Lab", price: 1 } });
