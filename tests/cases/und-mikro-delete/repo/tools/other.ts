import { MikroORM } from "@mikro-orm/core";
import config from "./config";
const orm = await MikroORM.init(config);
await orm.em.nativeDelete("Log", {});
