import { enforceCIOnlyExecution } from "../lib/ci-enforcement";
import { validateEnvironmentFingerprint } from "../lib/env-fingerprint";

enforceCIOnlyExecution("sync");
try {
  await validateEnvironmentFingerprint("prod");
} catch (error) {
  console.warn("no mark", error);
}

const { PrismaClient } = await import("@prisma/client");
const prisma = new PrismaClient();
await prisma.service.update({ where: { slug: "a" }, data: { name: "b" } });
