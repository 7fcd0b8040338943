import express from "express";
import { PrismaClient } from "@prisma/client";

const prisma = new PrismaClient();
const router = express.Router();
if (process.env.SKIP_CACHE !== "1") router.use(express.json());
router.delete("/services/:id", async (req, res) => {
  await prisma.service.delete({ where: { id: req.params.id } });
  res.sendStatus(204);
});
express().use(router).listen(Number(process.env.PORT ?? 3000));
