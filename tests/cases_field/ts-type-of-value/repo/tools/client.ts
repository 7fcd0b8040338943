import { drizzle } from "drizzle-orm/node-postgres";

const primary = drizzle(process.env.DATABASE_URL as string);

export const connect = async () => ({
  ...primary,
  get delete() {
    return primary.delete;
  },
});

export type Database = Awaited<ReturnType<typeof connect>>;
