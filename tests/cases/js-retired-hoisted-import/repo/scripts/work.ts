import { Client } from "pg";

const c = new Client();
await c.connect();
await c.query("DELETE FROM services");
