import { Anchor, List, Paper, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Assessment } from "../api/chat";

/** What to do and how soon, and which guideline says so. */
export function AssessmentCard({ assessment }: { assessment: Assessment }) {
  const { t } = useTranslation("chat");
  return (
    <Paper component="section" aria-labelledby="assessment" withBorder p="md" radius="md">
      <Stack gap="sm">
        <Title order={2} size="h3" id="assessment">
          {assessment.title}
        </Title>
        <Text fw={600}>{assessment.how_soon}</Text>
        <Title order={3} size="h4">{t("whatToDo")}</Title>
        <Lines items={assessment.actions} />
        {assessment.level !== "emergency" && (
          <>
            <Title order={3} size="h4">{assessment.safety_netting.title}</Title>
            <Lines items={[...assessment.safety_netting.items, assessment.safety_netting.emergency]} />
          </>
        )}
        <Title order={3} size="h4">{t("understood")}</Title>
        <Lines items={assessment.facts.map((fact) => `${fact.label}: ${fact.value_text}`)} />
        <Title order={3} size="h4">{t("sources")}</Title>
        <List>
          {assessment.rules.map((rule) => (
            <List.Item key={rule.id}>
              <Anchor href={rule.url} target="_blank" rel="noreferrer" underline="always">
                {rule.guideline}
              </Anchor>
              {`, ${rule.version}, ${rule.paragraph} (${rule.id}) ${rule.note}`}
            </List.Item>
          ))}
        </List>
        <Text size="sm">{t("rules", { version: assessment.rule_set_version })}</Text>
        {assessment.disclaimers.map((line) => (
          <Text key={line} size="sm">{line}</Text>
        ))}
      </Stack>
    </Paper>
  );
}

function Lines({ items }: { items: string[] }) {
  return (
    <List>
      {items.map((item) => (
        <List.Item key={item}>{item}</List.Item>
      ))}
    </List>
  );
}
