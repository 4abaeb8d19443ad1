import "@mantine/core/styles.css";
import "./app.css";

import { setNonce } from "get-nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";

import { watchErrors } from "@/lib/error-reporting";
import { startI18n } from "@/lib/i18n";
import { styleNonce } from "@/lib/theme";

import { Providers } from "./providers";
import { makeRouter } from "./router";

watchErrors();
setNonce(styleNonce());
await startI18n();
const place = document.getElementById("portal");
if (place === null) throw new Error("The page has no place for the portal.");
createRoot(place).render(
  <StrictMode>
    <Providers>
      <RouterProvider router={makeRouter()} />
    </Providers>
  </StrictMode>,
);
