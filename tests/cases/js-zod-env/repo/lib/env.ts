import { z } from "zod";

const schema = z.object({ DATABASE_URL: z.string().url(), LOCAL_RUN: z.coerce.boolean().default(false) });

export const env = schema.parse(process.env);
