const psql = new Deno.Command("psql", { args: [Deno.env.get("DATABASE_URL")!, "-c", "SELECT count(*) FROM a"], stdout: "piped" });
console.log(await psql.output());
