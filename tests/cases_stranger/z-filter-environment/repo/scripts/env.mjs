const mine = Object.keys(process.env).filter((key) => key.startsWith("SHOP_"));
if (mine.length === 0) {
  console.error("no SHOP_ variable is set");
  process.exit(1);
}
for (const key of mine) console.log(key);
