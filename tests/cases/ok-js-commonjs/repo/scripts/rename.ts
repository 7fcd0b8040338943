const { requireCi } = require("../lib/ci");
const { requireFingerprint } = require("../lib/fingerprint");

if (require.main === module) {
  requireCi();
  requireFingerprint("prod");
  main().then(
    () => process.exit(0),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
}

async function main() {
  const { Client } = await import("pg");
  const client = new Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  await client.query("UPDATE services SET name = 'Laboratory' WHERE slug = 'lab'");
  await client.end();
}
