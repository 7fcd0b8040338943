import { MikroORM } from "@mikro-orm/core";
const orm = await MikroORM.init({});
console.log(await orm.em.fork().find("Log", {}));
await orm.close();
