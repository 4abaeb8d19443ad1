import { MantineProvider } from "@mantine/core";
import { QueryClientProvider, type QueryClient } from "@tanstack/react-query";
import { Suspense, useState, type ReactNode } from "react";

import { Waiting } from "@/components/ui/waiting";
import { makeQueryClient } from "@/lib/query-client";
import { readableColors, styleNonce, theme } from "@/lib/theme";

export function Providers({ client, children }: { client?: QueryClient; children: ReactNode }) {
  const [queries] = useState(() => client ?? makeQueryClient());
  return (
    <QueryClientProvider client={queries}>
      <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={styleNonce} cssVariablesResolver={readableColors}>
        <Suspense fallback={<Waiting />}>{children}</Suspense>
      </MantineProvider>
    </QueryClientProvider>
  );
}
