import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { PrismaClient } = await import("@prisma/client");
const db = new PrismaClient();
for (const [slug, name] of Object.entries({ lab: "Laboratory" })) {
  await db.service.update({ where: { slug }, data: { name } });
}
