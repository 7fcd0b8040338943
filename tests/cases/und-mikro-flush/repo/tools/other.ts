import { MikroORM } from "@mikro-orm/postgresql";
import { Log } from "./entities";
const orm = await MikroORM.init();
const em = orm.em.fork();
const log = await em.findOneOrFail(Log, 1);
log.text = "x";
await em.flush();
