const psql = new Deno.Command("psql", { args: [Deno.env.get("DATABASE_URL")!, "-c", "UPDATE a SET b = 1"], stdout: "piped" });
console.log(await psql.output());
