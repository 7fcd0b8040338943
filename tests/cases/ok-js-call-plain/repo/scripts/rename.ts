import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { PrismaClient } = await import("@prisma/client");
const db = new PrismaClient();
console.log(Object.prototype.hasOwnProperty.call({ a: 1 }, "a"));
await db.service.update({ where: { id: "1" }, data: { name: "x" } });
