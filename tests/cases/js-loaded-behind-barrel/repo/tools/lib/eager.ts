import { db } from "./client";

await db.user.deleteMany();
export const eager = true;
