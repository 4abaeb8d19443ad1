import { MantineProvider } from "@mantine/core";
import { QueryClientProvider, type QueryClient } from "@tanstack/react-query";
import { Suspense, useState, type ReactNode } from "react";

import { Waiting } from "@/components/ui/waiting";
import { meOptions } from "@/features/session/api/get-me";
import { makeQueryClient } from "@/lib/query-client";
import { readableColors, styleNonce, theme } from "@/lib/theme";

/** Who is signed in is asked at once, while the screen's own script is on its way. */
function startedClient(): QueryClient {
  const made = makeQueryClient();
  void made.prefetchQuery(meOptions);
  return made;
}

export function Providers({ client, children }: { client?: QueryClient; children: ReactNode }) {
  const [queries] = useState(() => client ?? startedClient());
  return (
    <QueryClientProvider client={queries}>
      <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={styleNonce} cssVariablesResolver={readableColors}>
        <Suspense fallback={<Waiting />}>{children}</Suspense>
      </MantineProvider>
    </QueryClientProvider>
  );
}
