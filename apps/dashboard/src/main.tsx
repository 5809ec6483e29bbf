/** Starts the dashboard in the browser. */
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./styles.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { takeTokenFromAddress } from "./session/token.ts";

// Before anything renders or loads: the token must not stay in the address for longer than this line.
const addressToken = takeTokenFromAddress(window);

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App addressToken={addressToken} />
    </StrictMode>,
  );
}
