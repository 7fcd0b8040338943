import { defineConfig } from "vite";

export default defineConfig({ build: { minify: !process.env.CI }, define: { CI: JSON.stringify(process.env.CI) } });
