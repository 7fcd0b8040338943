import { PrismaClient } from "@prisma/client";
import { wipe } from "./lib";

const db = new PrismaClient();
await wipe(db);
