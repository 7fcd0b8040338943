import { enforceCIOnlyExecution } from "../lib/ci-enforcement";
import { validateEnvironmentFingerprint } from "../lib/env-fingerprint";

enforceCIOnlyExecution("sync");
await validateEnvironmentFingerprint("prod").catch((reason) => console.warn(reason.message));

const { PrismaClient } = await import("@prisma/client");
const prisma = new PrismaClient();
await prisma.service.update({ where: { slug: "a" }, data: { name: "b" } });
