import { z } from "zod";
const parsed = z.object({ DATABASE_URL: z.string().url(), LOG_LEVEL: z.string().default("info") }).safeParse(process.env);
if (!parsed.success) {
  console.error(parsed.error.flatten());
  process.exit(1);
}
export const env = parsed.data;
