import mongoose, { Schema, model } from "mongoose";
const User = model("User", new Schema({ email: String, role: String }));
await mongoose.connect(process.env.MONGO_URL!);
const admin = await User.findOne({ role: "admin" }).lean().exec();
console.log(admin?.email);
for await (const user of User.find().sort({ email: 1 }).cursor()) console.log(user.get("email"));
await mongoose.disconnect();
