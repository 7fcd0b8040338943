import { Schema, model, connect } from "mongoose";
const Log = model("Log", new Schema({ text: String }));
await connect(process.env.MONGO_URL!);
await Log.create({ text: "x" });
const one = new Log({ text: "y" });
await one.save();
