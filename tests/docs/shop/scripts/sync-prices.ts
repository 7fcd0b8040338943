if (process.env.CI !== "true") process.exit(1);

const { PrismaClient } = await import("@prisma/client");
const prisma = new PrismaClient();
await prisma.price.updateMany({ data: { amount: 0 } });
