const { Client } = require("pg");
const client = new Client({ connectionString: process.env.DATABASE_URL });
client.connect().then(() => client.query("DELETE FROM sessions")).then(() => client.end());
