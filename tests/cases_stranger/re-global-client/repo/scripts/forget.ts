import { prisma } from "../lib/prisma";

await prisma.service.delete({ where: { slug: "a" } });
