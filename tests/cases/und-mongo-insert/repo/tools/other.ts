import { MongoClient } from "mongodb";
const client = await MongoClient.connect(process.env.MONGO_URL!);
const logs = client.db().collection("audit_logs");
await logs.insertMany([{ text: "x" }]);
await logs.drop();
