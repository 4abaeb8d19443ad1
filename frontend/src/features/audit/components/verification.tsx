import { Alert, Button, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconLinkOff } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { Failure } from "@/components/ui/failure";

import { verifyTrail, type Verdict } from "../api/get-events";

function Result({ verdict }: { verdict: Verdict }) {
  const { t } = useTranslation("audit");
  if (verdict.holds)
    return (
      <Alert role="status" variant="default" icon={<IconCircleCheck aria-hidden="true" />} title={t("holds", { count: verdict.count })}>
        <Text size="sm">{t("head", { head: verdict.head })}</Text>
        <Text size="sm" ff="monospace" style={{ overflowWrap: "anywhere" }}>
          {verdict.head}:{verdict.head_hash}
        </Text>
      </Alert>
    );
  return (
    <Alert role="alert" color="red" variant="outline" icon={<IconLinkOff aria-hidden="true" />} title={t("broken", { at: verdict.broken_at })}>
      <Text size="sm">{verdict.reason}</Text>
      <Text size="sm">{t("brokenNext")}</Text>
    </Alert>
  );
}

/** Proves the newest part of the chain of hashes on request. */
export function Verification() {
  const { t } = useTranslation("audit");
  const walk = useMutation({ mutationFn: verifyTrail });
  return (
    <Stack align="flex-start">
      <Button variant="default" loading={walk.isPending} onClick={() => { walk.mutate(); }}>
        {t("verify")}
      </Button>
      {walk.error !== null && <Failure error={walk.error} onRetry={() => { walk.mutate(); }} />}
      {walk.data !== undefined && !walk.isPending && <Result verdict={walk.data} />}
    </Stack>
  );
}
