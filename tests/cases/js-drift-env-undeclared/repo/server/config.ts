const url = process.env.DATABASE_URL;
if (url === undefined) throw new Error("DATABASE_URL is not set");
const mailKey = process.env.MAIL_API_KEY;
if (!mailKey) {
  console.error("MAIL_API_KEY is not set");
  process.exit(1);
}
const env = (name: string): string => {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`${name} is missing`);
  return value;
};
export const config = { url, mailKey, queue: env("QUEUE_URL") };
if (!process.env.SESSION_SECRET || !process.env.COOKIE_SECRET) throw new Error("secrets");
