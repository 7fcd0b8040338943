import { prisma } from "@acme/db";
import { Queue, Worker } from "bullmq";
new Worker("mail", async (job) => {
  await prisma.service.update({ where: { id: job.data.id }, data: { isActive: false } });
}, { connection: { host: process.env.REDIS_HOST } });
