import { z } from "zod";

export const config = z.object({ DATABASE_URL: z.string(), DEBUG: z.string().optional() }).parse(process.env);
