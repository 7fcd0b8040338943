import { prisma } from "../lib/prisma";

const seen = global.seen ?? new Map();
seen.delete("a");
console.log(await prisma.service.count());
