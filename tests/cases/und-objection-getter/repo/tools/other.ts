import { Model } from "objection";
class Log extends Model {
  static get tableName() {
    return "audit_logs";
  }
}
await Log.query().insert({ text: "x" });
await Log.query().findById(1).patch({ text: "y" });
