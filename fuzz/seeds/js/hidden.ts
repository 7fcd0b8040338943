const c‮I = "​true";
if (process.env.СI) {}
