import express from "express";
import { prisma } from "./db";
import { worker } from "./worker";

const app = express();
app.post("/services", async (req, res) => {
  const created = await prisma.service.create({ data: req.body });
  res.json(created);
});
app.delete("/services/:id", async (req, res) => {
  await prisma.service.delete({ where: { id: req.params.id } });
  res.status(204).end();
});
process.on("SIGTERM", async () => {
  try { await worker.close(); } catch {}
  process.exit(0);
});
app.listen(3000);
