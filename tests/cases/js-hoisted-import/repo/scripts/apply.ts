import { Client } from "pg";

const client = new Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
await client.query("UPDATE services SET name = 'Laboratory' WHERE slug = 'lab'");
await client.end();
