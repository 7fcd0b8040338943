const url = process.env.DATABASE_URL;
if (!url) throw new Error("DATABASE_URL is not set");
const port = Number(process.env.PORT ?? 3001);
require("node:http").createServer((q, r) => r.end("ok")).listen(port, "127.0.0.1");
