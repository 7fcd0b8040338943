export const databaseUrl = process.env.DIRECT_DATABASE_URL ?? process.env.DATABASE_URL ?? "";
