import { createServer } from "node:http";

const port = process.env.PORT ?? 4000;
if (!process.env.DATABASE_URL) throw new Error("DATABASE_URL is not set");
if (!process.env.QUEUE_URL) throw new Error("QUEUE_URL is not set");
const theme = process.env.THEME || "light";
if (!process.env.SLACK_HOOK) console.warn("no slack");
if (process.env.LOG_LEVEL === "debug") throw new Error("not here");
createServer((_req, res) => res.end(theme)).listen(4000);
