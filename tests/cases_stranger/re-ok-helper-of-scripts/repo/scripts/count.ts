import { exec } from "./lib/database";

console.log((await exec("SELECT count(*) FROM services WHERE name = $1", ["x"])).rows);
