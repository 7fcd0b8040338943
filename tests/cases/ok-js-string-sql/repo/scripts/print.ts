import { writeFileSync } from "node:fs";

const sql = "DELETE FROM services WHERE slug = 'x'";
console.log(sql);
writeFileSync("out.sql", sql);
