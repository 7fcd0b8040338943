import { enforceCIOnlyExecution } from "../lib/ci-enforcement";
import { validateEnvironmentFingerprint } from "../lib/env-fingerprint";

async function rename(name: string) {
  const { PrismaClient } = await import("@prisma/client");
  const prisma = new PrismaClient();
  await prisma.service.update({ where: { slug: "a" }, data: { name } });
}

const commands: Record<string, () => Promise<void>> = {
  async apply() {
    enforceCIOnlyExecution("sync");
    await validateEnvironmentFingerprint("prod");
    await rename("b");
  },
  async undo() {
    await rename("a");
  },
};

await commands[process.argv[2]]();
