const command = new Deno.Command("dbmate", { args: ["--url", Deno.env.get("DATABASE_URL")!, "up"] });
const { code } = await command.output();
Deno.exit(code);
