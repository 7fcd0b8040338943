import mysql, { type Pool } from "mysql2/promise";
import pg from "pg";
let search: Pool | undefined;
let main: pg.Pool | undefined;
function searchPool(): Pool {
  if (!search) search = mysql.createPool(process.env.SEARCH_URL!);
  return search;
}
function mainPool(): pg.Pool {
  return (main ??= new pg.Pool());
}
await searchPool().execute("DELETE FROM pages");



await mainPool().query("DELETE FROM parcels");
