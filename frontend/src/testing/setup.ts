import "@testing-library/jest-dom/vitest";

import { cleanup, configure } from "@testing-library/react";
import { afterAll, afterEach, beforeAll, vi } from "vitest";

import { forgetKept } from "@/lib/etag-reader";
import { startI18n } from "@/lib/i18n";

import { server } from "./server";

// what jsdom lacks and Mantine asks for
window.matchMedia ??= (query: string) =>
  ({ matches: false, media: query, addEventListener: vi.fn(), removeEventListener: vi.fn() }) as unknown as MediaQueryList;
window.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
Object.defineProperty(document, "fonts", { value: new EventTarget() });
Element.prototype.scrollIntoView = () => undefined;

// a whole screen is drawn, and searched by role, in 0.3 s on an idle machine and in more than the usual second on a busy one;
// what never comes still fails, only later
configure({ asyncUtilTimeout: 5_000 });

beforeAll(async () => {
  server.listen({ onUnhandledRequest: "error" });
  await startI18n("en");
});
afterEach(() => {
  cleanup();
  server.resetHandlers();
  forgetKept();
});
afterAll(() => {
  server.close();
});
