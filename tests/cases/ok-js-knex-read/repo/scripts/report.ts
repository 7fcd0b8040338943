import knex from "knex";

const db = knex({ client: "pg", connection: process.env.DATABASE_URL });
const rows = await db("services").select("name").where("price", ">", 3).orderBy("name");
for (const row of rows) console.log(row.name);
await db.destroy();
