import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { PrismaClient } = await import("@prisma/client");
const db = new PrismaClient();
const settings: any = new Proxy({ name: "x" }, { get: (target: any, key) => target[key] });
await db.service.update({ where: { id: "1" }, data: { name: settings.name } });
