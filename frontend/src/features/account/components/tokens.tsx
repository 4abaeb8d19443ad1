import { Alert, Code, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { Failure } from "@/components/ui/failure";
import { Waiting } from "@/components/ui/waiting";
import { formatTime } from "@/lib/format";

import { makeToken, revokeToken, tokensOptions, type Token } from "../api/tokens";
import { CopyButton } from "./copy-button";
import { NewTokenForm } from "./new-token-form";
import { Refusal } from "./refusal";
import { Section } from "./section";
import { SureButton } from "./sure-button";

/** The account's API tokens; the text of a new one is shown this once. */
export function Tokens() {
  const { t } = useTranslation("account");
  const client = useQueryClient();
  const tokens = useQuery(tokensOptions);
  const changed = () => client.invalidateQueries({ queryKey: tokensOptions.queryKey });
  const making = useMutation({ mutationFn: makeToken, onSuccess: changed });
  return (
    <Section title={t("tokens.title")}>
      <Text size="sm">{t("tokens.text")}</Text>
      {tokens.isPending && <Waiting />}
      {tokens.isError && <Failure error={tokens.error} onRetry={() => void tokens.refetch()} />}
      {tokens.data?.length === 0 && <Text>{t("tokens.none")}</Text>}
      {tokens.data?.map((token) => <OneToken key={token.id} token={token} onRevoked={changed} />)}
      {making.data !== undefined && (
        <Alert color="yellow" variant="outline" role="alert" title={t("tokens.once", { name: making.data.name })}>
          <Stack gap="xs" align="flex-start">
            <Code block style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
              {making.data.token}
            </Code>
            <CopyButton value={making.data.token} />
          </Stack>
        </Alert>
      )}
      <NewTokenForm busy={making.isPending}
        onWanted={(wanted, reset) => {
          making.mutate(wanted, { onSuccess: reset });
        }} />
      <Refusal error={making.error} />
    </Section>
  );
}

function OneToken({ token, onRevoked }: { token: Token; onRevoked: () => Promise<void> }) {
  const { t } = useTranslation("account");
  const revoking = useMutation({ mutationFn: () => revokeToken(token.id), onSuccess: onRevoked });
  const scopes = token.scopes.map((scope) => t(`scope.${scope}`, { defaultValue: scope })).join("; ");
  return (
    <Stack gap={4}>
      <Group justify="space-between" wrap="nowrap">
        <div>
          <Text fw={600}>{token.name}</Text>
          <Text size="sm">{scopes}</Text>
          <Text size="sm">
            {t(token.lasting ? "tokens.lasting" : "tokens.session", { at: formatTime(token.expires_at) })}
          </Text>
        </div>
        <SureButton label={t("tokens.revoke")} fullLabel={t("tokens.revokeName", { name: token.name })} busy={revoking.isPending}
          onSure={() => {
            revoking.mutate();
          }} />
      </Group>
      <Refusal error={revoking.error} />
    </Stack>
  );
}
