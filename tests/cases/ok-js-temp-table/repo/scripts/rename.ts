import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { Client } = await import("pg");
const client = new Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
await client.query("CREATE TEMP TABLE incoming (id int, name text)");
await client.query("INSERT INTO incoming VALUES (1, $1)", ["x"]);
await client.query("UPDATE services SET name = i.name FROM incoming i WHERE i.id = services.id");
await client.query("DROP TABLE incoming");
