import { Badge, Group, Stack, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatPercent } from "@/lib/format";

import type { Study, StudyImage } from "../api/types";

/** What the AI says of the study, its breasts and its images; and what it says nothing of, and why. */
export function Results({ study }: { study: Study }) {
  const { t } = useTranslation("study");
  if (study.ai_hidden) return <Text>{t("results.hidden")}</Text>;
  return (
    <Stack gap="sm">
      <Text fw={700}>{t("researchUse")}</Text>
      {study.failure !== null && (
        <Text>{t("results.failed", { stage: study.failure.stage, reason: study.failure.reason })}</Text>
      )}
      <Overall study={study} />
      <Table aria-label={t("results.title")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("results.of")}</Table.Th>
            <Table.Th>{t("results.probability")}</Table.Th>
            <Table.Th>{t("results.prediction")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {study.breasts.map((breast) => (
            <Table.Tr key={breast.laterality}>
              <Table.Th scope="row">{t(`breast.${breast.laterality}`)}</Table.Th>
              <Table.Td>{probability(breast.probability)}</Table.Td>
              <Table.Td>{breast.prediction}</Table.Td>
            </Table.Tr>
          ))}
          {study.images.map((image) => (
            <ImageRow key={image.sop_instance_uid} image={image} />
          ))}
        </Table.Tbody>
      </Table>
      <Model study={study} />
    </Stack>
  );
}

function Overall({ study }: { study: Study }) {
  const { t } = useTranslation("study");
  if (study.probability === null) return <Text>{t("results.none")}</Text>;
  return (
    <Group gap="sm">
      <Text size="lg" fw={700} data-testid="study-probability">
        {t("results.study", { probability: formatPercent(study.probability, 1) })}
      </Text>
      {study.prediction !== null && (
        <Badge variant="outline" tt="none" color={study.prediction === "Malignant" ? "orange" : "gray"}>
          {study.prediction}
        </Badge>
      )}
      {typeof study.operating_point_reached === "boolean" && (
        <Text>{t(study.operating_point_reached ? "results.reached" : "results.notReached")}</Text>
      )}
    </Group>
  );
}

function ImageRow({ image }: { image: StudyImage }) {
  const { t } = useTranslation("study");
  const name = `${image.laterality ?? t("unknownSide")} ${image.view ?? t("unknownView")}`;
  if (!image.analysed) {
    return (
      <Table.Tr>
        <Table.Th scope="row">{name}</Table.Th>
        <Table.Td colSpan={2}>
          {image.reason === null ? t("results.notYet") : t("results.notAnalysed", { reason: image.reason })}
        </Table.Td>
      </Table.Tr>
    );
  }
  return (
    <Table.Tr>
      <Table.Th scope="row">{name}</Table.Th>
      <Table.Td>{probability(image.probability)}</Table.Td>
      <Table.Td>{image.prediction ?? ""}</Table.Td>
    </Table.Tr>
  );
}

function Model({ study }: { study: Study }) {
  const { t } = useTranslation("study");
  const { model, operating_point: point, threshold } = study;
  if (model === null) return null;
  return (
    <Stack gap={2}>
      {point !== null && (
        <Text size="sm">
          {typeof threshold === "number"
            ? t("results.operatingPointAt", { point, threshold: formatPercent(threshold, 1) })
            : t("results.operatingPoint", { point })}
        </Text>
      )}
      <Text size="sm">{t("results.model", { name: model.name, version: model.version })}</Text>
    </Stack>
  );
}

function probability(value: number | null): string {
  return value === null ? "" : formatPercent(value, 1);
}
