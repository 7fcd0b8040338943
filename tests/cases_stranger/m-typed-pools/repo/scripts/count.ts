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
const [rows] = await searchPool().execute("SELECT count(*) FROM pages");
console.log(rows, (await mainPool().query("SELECT count(*) FROM parcels")).rows);
