import { Alert, Anchor, Badge, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconFlask } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { formatPercent, formatTime } from "@/lib/format";

import { pathOf, type Result } from "../api/result";

/** What the network says of one image, with which network at which threshold, and that it is no diagnosis. */
export function ResultCard({ result, preview = null }: { result: Result; preview?: string | null }) {
  const { t } = useTranslation(["upload", "common"]);
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <Badge size="lg" variant="outline" color={result.prediction === "Malignant" ? "orange" : "gray"} tt="none">
          {t(`prediction.${result.prediction}`)}
        </Badge>
        <Group gap={4} wrap="nowrap">
          <IconFlask size={16} aria-hidden="true" />
          <Text size="sm" fw={600}>
            {t("common:researchUse")}
          </Text>
        </Group>
      </Group>
      <Pictures result={result} preview={preview} />
      <Figures result={result} />
      {result.warnings.length > 0 && (
        <Alert color="yellow" variant="outline" title={t("result.warnings")}>
          <ul lang="en" style={{ margin: 0, paddingInlineStart: "1.2em" }}>
            {result.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </Alert>
      )}
      <Group gap="md">
        <Anchor href={pathOf(result.report)} target="_blank" rel="noopener" underline="always">
          {t("result.report")}
        </Anchor>
        {result.study_instance_uid !== null && (
          <Anchor component={Link} to={`/studies/${result.study_instance_uid}`} underline="always">
            {t("result.study")}
          </Anchor>
        )}
      </Group>
    </Stack>
  );
}

function Pictures({ result, preview }: { result: Result; preview: string | null }) {
  const { t } = useTranslation("upload");
  const [lost, setLost] = useState(false);
  const where = [result.laterality, result.view].filter((each) => each !== null).join(" ");
  const caption = where === "" ? t("result.noView") : where;
  return (
    <SimpleGrid cols={preview === null ? 1 : { base: 1, xs: 2 }}>
      {preview !== null && <Picture address={preview} alt={t("result.preview")} caption={caption} />}
      {result.heatmap === null || lost ? (
        <Text size="sm">{t("result.noHeatmap")}</Text>
      ) : (
        <Picture address={pathOf(result.heatmap)} alt={t("result.heatmap")} caption={`${caption} · ${t("result.heatmapShort")}`}
          onLost={() => {
            setLost(true);
          }} />
      )}
    </SimpleGrid>
  );
}

function Picture({ address, alt, caption, onLost }: { address: string; alt: string; caption: string; onLost?: () => void }) {
  return (
    <figure style={{ margin: 0 }}>
      <img src={address} alt={alt} onError={onLost}
        style={{ maxWidth: "100%", maxHeight: 420, objectFit: "contain", background: "black" }} />
      <Text component="figcaption" size="sm">
        {caption}
      </Text>
    </figure>
  );
}

function Figures({ result }: { result: Result }) {
  const { t } = useTranslation("upload");
  const { name, threshold } = result.operating_point;
  const rows = [
    ["confidence", formatPercent(result.confidence, 1)],
    ["probability", formatPercent(result.malignancy_probability, 1)],
    ["operatingPoint", t("result.from", { name, threshold: formatPercent(threshold, 1) })],
    ["model", `${result.model.name} ${result.model.version}`],
    ["at", formatTime(result.created_at)],
  ] as const;
  return (
    <dl style={{ display: "grid", gridTemplateColumns: "auto 1fr", columnGap: "1rem", rowGap: "0.25rem", margin: 0 }}>
      {rows.map(([key, value]) => (
        <div key={key} style={{ display: "contents" }}>
          <dt>{t(`result.${key}`)}</dt>
          <dd style={{ margin: 0, fontWeight: 600, overflowWrap: "anywhere" }}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
