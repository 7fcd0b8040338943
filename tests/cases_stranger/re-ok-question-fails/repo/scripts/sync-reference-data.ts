import { enforceCIOnlyExecution } from "../lib/ci-enforcement";
import { validateEnvironmentFingerprint } from "../lib/env-fingerprint";

enforceCIOnlyExecution("sync");

async function main() {
  try {
    await validateEnvironmentFingerprint("prod");
  } catch (error) {
    console.error("no mark", error);
    process.exit(1);
  }
  const { PrismaClient } = await import("@prisma/client");
  const prisma = new PrismaClient();
  await prisma.service.update({ where: { slug: "a" }, data: { name: "b" } });
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
