import { MongoClient } from "mongodb";
const client = new MongoClient(process.env.MONGO_URL!);
await client.db("shop").collection("audit_logs").deleteMany({});
