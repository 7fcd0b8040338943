import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { PrismaClient } = await import("@prisma/client");
const db = new PrismaClient();
const { readFile } = await import("node:fs/promises");
console.log((await readFile("package.json", "utf8")).length);
await db.service.update({ where: { id: "1" }, data: { name: "x" } });
