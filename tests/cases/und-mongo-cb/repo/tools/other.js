const { MongoClient } = require("mongodb");
MongoClient.connect(process.env.MONGO_URL, (error, client) => {
  client.db("shop").collection("audit_logs").updateMany({}, { $set: { text: "x" } });
});
