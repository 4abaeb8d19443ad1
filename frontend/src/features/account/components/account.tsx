import { Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { Page } from "@/components/ui/page";

import { PasswordForm } from "./password-form";
import { ProofProvider } from "./proof-dialog";
import { SecondFactor } from "./second-factor";
import { Tokens } from "./tokens";
import { WhoIAm, type Person } from "./who-i-am";

/** One's own account. Who must set up a second factor first finds only what the node lets through by then. */
export function Account({ me }: { me: Person }) {
  const { t } = useTranslation("account");
  const isMissing = me.second_factor.required && !me.second_factor.enabled;
  return (
    <Page title={t("title")}>
      <ProofProvider>
        <Stack gap="lg" maw={720}>
          <WhoIAm me={me} />
          <SecondFactor isMissing={isMissing} />
          <PasswordForm />
          {!isMissing && <Tokens />}
        </Stack>
      </ProofProvider>
    </Page>
  );
}
