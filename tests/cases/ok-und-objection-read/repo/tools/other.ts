import { Model } from "objection";
class Log extends Model {
  static tableName = "audit_logs";
}
console.log(await Log.query().where("id", 1));
