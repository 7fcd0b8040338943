import { createServer } from "node:http";
import { config } from "./config";

createServer((_req, res) => res.end(config.mailKey)).listen(4000);
