import { Client } from "pg";

export async function validateEnvironmentFingerprint(environment: string): Promise<void> {
  const client = new Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  const { rows } = await client.query("SELECT environment FROM database_metadata");
  await client.end();
  if (rows.length !== 1 || rows[0].environment !== environment) {
    console.error(`this is not ${environment}`);
    process.exit(1);
  }
}
