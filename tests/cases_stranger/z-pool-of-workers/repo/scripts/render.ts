import { Pool } from "undici";
import workerpool, { type Pool as WorkerPool } from "workerpool";
let pool: WorkerPool | undefined;
const workers = () => (pool ??= workerpool.pool());
const http = new Pool("https://api.example.com");
await http.request({ path: "/items/1", method: "DELETE" });
await workers().exec("update", ["delete from nothing"]);
