import { List, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatTime } from "@/lib/format";

import type { StudyAssessment } from "../api/types";

/** Symptom assessments that somebody attached to the study. */
export function Assessments({ assessments }: { assessments: readonly StudyAssessment[] }) {
  const { t } = useTranslation("study");
  if (assessments.length === 0) return <Text>{t("assessments.empty")}</Text>;
  return (
    <List>
      {assessments.map((assessment) => (
        <List.Item key={assessment.id}>
          {t(`assessments.level.${assessment.level}`, { defaultValue: assessment.level })}
          {" · "}
          {formatTime(assessment.created_at)}
          {assessment.attached_by !== null && ` · ${t("assessments.by", { name: assessment.attached_by })}`}
        </List.Item>
      ))}
    </List>
  );
}
