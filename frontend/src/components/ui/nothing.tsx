import { Center, Stack, Text } from "@mantine/core";
import { IconInbox } from "@tabler/icons-react";
import type { ReactNode } from "react";

/** An empty list, with what to do about it. */
export function Nothing({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <Center mih={160}>
      <Stack align="center" gap="xs">
        <IconInbox size={36} aria-hidden="true" />
        <Text fw={600}>{title}</Text>
        {children}
      </Stack>
    </Center>
  );
}
