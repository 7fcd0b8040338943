import { PrismaClient } from "@prisma/client";

class Cleaner {
  constructor(private readonly db = new PrismaClient()) {}

  async run() {
    await this.db.service.deleteMany();
  }
}

await new Cleaner().run();
