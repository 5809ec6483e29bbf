/** Builds the dashboard, and serves it with the API behind the same origin. */
import react from "@vitejs/plugin-react";
import { defineConfig, loadEnv, type Plugin } from "vite";

/**
 * What the page may load: its own files and nothing else. Styles are inline because Mantine and the charts
 * compute them; `data:` images are the icons inside Swagger UI's style sheet.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** Puts the policy into the built page, so that it holds whoever serves the files. */
function policyInBuiltPage(): Plugin {
  return {
    name: "caprock-content-security-policy",
    apply: "build",
    transformIndexHtml: () => [
      {
        tag: "meta",
        attrs: { "http-equiv": "Content-Security-Policy", content: contentSecurityPolicy },
        injectTo: "head-prepend",
      },
    ],
  };
}

export default defineConfig(({ mode }) => {
  const { CAPROCK_API_URL: apiUrl = "http://127.0.0.1:4100" } = loadEnv(
    mode,
    import.meta.dirname,
    "CAPROCK_API_URL",
  );
  const proxy = Object.fromEntries(
    ["/admin", "/openapi.json", "/v1"].map((path) => [path, { target: apiUrl, changeOrigin: true }]),
  );
  return {
    plugins: [react(), policyInBuiltPage()],
    // Swagger UI is one prebuilt file of 1.7 MB; it loads with its own page only.
    build: { chunkSizeWarningLimit: 1800 },
    server: { proxy },
    preview: {
      proxy,
      headers: {
        "content-security-policy": "frame-ancestors 'none'",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
      },
    },
  };
});
