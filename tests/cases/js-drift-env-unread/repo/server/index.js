import { createServer } from "node:http";
if (!process.env.DATABASE_URL) throw new Error("DATABASE_URL is not set");
createServer((_req, res) => res.end("ok")).listen(4000);
