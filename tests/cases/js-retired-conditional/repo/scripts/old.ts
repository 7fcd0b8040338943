if (!process.env.LEGACY) {
  console.error("use rename.ts");
  process.exit(1);
}
const { Client } = await import("pg");

const c = new Client();
await c.connect();
await c.query("DELETE FROM services");
