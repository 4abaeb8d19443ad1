import type { ComponentType } from "react";
import { createBrowserRouter, type RouteObject } from "react-router";

import { Open, SignedIn } from "./guard";

function lazy(load: () => Promise<{ default: ComponentType }>): RouteObject["lazy"] {
  return async () => ({ Component: (await load()).default });
}

export const routes: RouteObject[] = [
  {
    Component: SignedIn,
    children: [
      { index: true, lazy: lazy(() => import("./routes/home")) },
      { path: "worklist", lazy: lazy(() => import("./routes/worklist")) },
      { path: "studies/:studyInstanceUid", lazy: lazy(() => import("./routes/study")) },
      { path: "upload", lazy: lazy(() => import("./routes/upload")) },
      { path: "monitoring", lazy: lazy(() => import("./routes/monitoring")) },
      { path: "audit", lazy: lazy(() => import("./routes/audit")) },
      { path: "account", lazy: lazy(() => import("./routes/account")) },
    ],
  },
  {
    Component: Open,
    children: [
      { path: "sign-in", lazy: lazy(() => import("./routes/sign-in")) },
      { path: "chat", lazy: lazy(() => import("./routes/chat")) },
      { path: "*", lazy: lazy(() => import("./routes/not-found")) },
    ],
  },
];

export function makeRouter() {
  return createBrowserRouter(routes);
}
