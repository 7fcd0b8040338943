import { Worker } from "bullmq";
import { prisma } from "./db";

export const worker = new Worker("invoices", async (job) => {
  if (job.name === "deactivate") {
    await prisma.service.updateMany({ where: { slug: job.data.slug }, data: { isActive: false } });
  }
});

worker.on("failed", (job, err) => {
  console.error(job?.id, err);
});
