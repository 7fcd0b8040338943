import { Router } from "express";
import { PrismaClient } from "@prisma/client";

const prisma = new PrismaClient();
export const router = Router();

router.post("/orders", async (request, response) => {
  const order = await prisma.order.create({ data: { status: "draft" } });
  response.json(order);
});

router.post("/orders/:id/close", async (request, response) => {
  await prisma.order.update({ where: { id: Number(request.params.id) }, data: { status: "closed" } });
  await prisma.audit.create({ data: { note: "closed" } });
  response.end();
});
