import { exec } from "./lib/database";

await exec("UPDATE services SET name = $1", ["x"]);
