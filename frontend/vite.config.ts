import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// Django's page names the scripts from the manifest; all of them are files of our own, under /static/portal/
export default defineConfig({
  base: "/static/portal/",
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    target: "es2022",
    manifest: true,
    // scripts and fonts as data: addresses would not pass the content security policy
    assetsInlineLimit: 0,
    // the polyfill would be an inline script in pages that have none
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 6000,
    rollupOptions: { input: "src/app/main.tsx" },
  },
  worker: { format: "es" },
  server: { proxy: { "/api": "http://127.0.0.1:8000", "/_allauth": "http://127.0.0.1:8000" } },
  test: {
    environment: "jsdom",
    environmentOptions: { jsdom: { url: "http://localhost/" } },
    globals: true,
    setupFiles: ["src/testing/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    css: false,
    testTimeout: 20_000,
    maxWorkers: 2,
  },
});
