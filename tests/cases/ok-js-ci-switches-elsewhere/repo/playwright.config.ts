export default { retries: process.env.CI ? 2 : 0, use: { env: { CI: "true" } } };
