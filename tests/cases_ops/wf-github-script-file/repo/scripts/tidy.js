const { Pool } = require("pg");
module.exports = async () => {
  const pool = new Pool({ connectionString: process.env.PROD_URL });
  await pool.query("delete from bookings");
};
