import { enforceCIOnlyExecution } from "../lib/ci-enforcement";
import { validateEnvironmentFingerprint } from "../lib/env-fingerprint";

enforceCIOnlyExecution("sync-reference-data");
validateEnvironmentFingerprint("prod");

const CATEGORIES = [
  { slug: "checkup", name: "Check-up", icon: "stethoscope" },
  { slug: "lab", name: "Laboratory", icon: "flask" },
];

const SERVICES = [
  { slug: "first-consultation", name: "First consultation", basePrice: 4500 },
  { slug: "follow-up", name: "Follow-up visit", basePrice: 2500 },
];

async function main(): Promise<void> {
  const { PrismaClient } = await import("@prisma/client");
  const prisma = new PrismaClient();
  try {
    for (const c of CATEGORIES) {
      await prisma.serviceCategory.upsert({
        where: { slug: c.slug },
        create: { slug: c.slug, name: c.name, icon: c.icon },
        update: { name: c.name, icon: c.icon },
      });
    }
    const failures: unknown[] = [];
    await Promise.all(
      SERVICES.map((s) =>
        prisma.service
          .upsert({
            where: { slug: s.slug },
            create: { slug: s.slug, name: s.name, basePrice: s.basePrice, isActive: true },
            update: { name: s.name, basePrice: s.basePrice },
          })
          .catch((err: unknown) => { failures.push(err); }),
      ),
    );
    if (failures.length > 0) {
      throw new AggregateError(failures, `${failures.length} services failed`);
    }
    console.log(`synced ${CATEGORIES.length} categories and ${SERVICES.length} services`);
  } finally {
    await prisma.$disconnect();
  }
}

main().catch((err) => {
  console.error(err);
  process.exit(1);
});
