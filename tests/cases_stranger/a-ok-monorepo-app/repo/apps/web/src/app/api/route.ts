import { prisma } from "@acme/db";
export const DELETE = async (req: Request) => { await prisma.service.delete({ where: { id: await req.text() } }); return new Response(); };
