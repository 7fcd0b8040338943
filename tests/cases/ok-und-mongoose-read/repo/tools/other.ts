import mongoose from "mongoose";
const Log = mongoose.model("Log", new mongoose.Schema({ text: String }));
await mongoose.connect(process.env.MONGO_URL!);
for (const log of await Log.find({}).lean()) console.log(log.text);
