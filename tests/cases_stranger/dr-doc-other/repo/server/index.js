import { createServer } from "node:http";

createServer((_, r) => r.end("ok")).listen(8080, "127.0.0.1");
