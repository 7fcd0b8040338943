import { database } from "../lib/database";

async function main([code, name]: string[]) {
  const db = await database();
  const [header] = await db.execute("UPDATE hubs SET name = ? WHERE code = ?", [name, code]);
  console.log(header);
}

void main(process.argv.slice(2));
