import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import axe from "axe-core";
import { Suspense, type ReactNode } from "react";
import { MemoryRouter } from "react-router";

import { theme } from "@/lib/theme";

/** Show a part of the portal as its providers would. */
export function renderPart(part: ReactNode, at = "/") {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, retryDelay: 1 } } });
  return render(
    <QueryClientProvider client={client}>
      <MantineProvider theme={theme} env="test">
        <MemoryRouter initialEntries={[at]}>
          <Suspense fallback={null}>{part}</Suspense>
        </MemoryRouter>
      </MantineProvider>
    </QueryClientProvider>,
  );
}

/** Return what axe finds wrong, by rule; colours are judged in a real browser. */
export async function violations(element: Element): Promise<string[]> {
  const rules = { "color-contrast": { enabled: false }, region: { enabled: false } };
  const found = await axe.run(element, { rules });
  return found.violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.html).join(" ")}`);
}
