import { PrismaClient } from "@prisma/client";

const kept = new PrismaClient();
const tools = {
  get handle() {
    return kept;
  },
};

await tools.handle.service.deleteMany({});
