import { MongoClient } from "mongodb";
const client = new MongoClient(process.env.MONGO_URL!);
const all = await client.db("shop").collection("audit_logs").find({}).toArray();
console.log(all.length, await client.db().collection("x").countDocuments());
