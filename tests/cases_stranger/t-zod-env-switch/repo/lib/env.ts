import { z } from "zod";

const schema = z.object({
  DATABASE_URL: z.string().url(),
  TRUST_TARGET: z.enum(["0", "1"]).default("0"),
});

export const env = schema.parse(process.env);
