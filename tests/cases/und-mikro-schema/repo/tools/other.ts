import { MikroORM } from "@mikro-orm/core";
const orm = await MikroORM.init({});
await orm.schema.dropSchema();
await orm.getSchemaGenerator().updateSchema();
