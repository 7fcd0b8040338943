import { Model } from "objection";
class Log extends Model {
  static tableName = "audit_logs";
}
await Log.query().delete().where("id", 1);
