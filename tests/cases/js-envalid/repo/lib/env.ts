import { bool, cleanEnv, str } from "envalid";

export const env = cleanEnv(process.env, { DATABASE_URL: str(), RELAXED: bool({ default: false }) });
