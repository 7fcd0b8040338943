import { enforceCIOnlyExecution } from "../lib/ci-enforcement";
import { validateEnvironmentFingerprint } from "../lib/env-fingerprint";

enforceCIOnlyExecution("drivers");
validateEnvironmentFingerprint("prod");
async function main(): Promise<void> {
  const { Sequelize, DataTypes } = await import("sequelize");
  const sequelize = new Sequelize(process.env.DATABASE_URL!, { logging: false });
  const Driver = sequelize.define("Driver", { name: { type: DataTypes.STRING, primaryKey: true } }, { tableName: "drivers", timestamps: false });
  await Driver.upsert({ name: "Depot" });
  await sequelize.close();
}
main().catch((e) => {
  console.error(e);
  process.exit(1);
});
