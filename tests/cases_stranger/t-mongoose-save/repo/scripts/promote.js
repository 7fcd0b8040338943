const mongoose = require("mongoose");
const User = require("../models/user");

(async () => {
  await mongoose.connect(process.env.MONGO_URL);
  const user = await User.findOne({ email: process.argv[2] });
  user.role = "admin";
  await user.save();
  await mongoose.disconnect();
})();
