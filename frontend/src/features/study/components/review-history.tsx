import { Alert, Card, List, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatTime } from "@/lib/format";

import type { ReadingState, Review, Reviews, StudyImage } from "../api/types";

interface Props {
  reviews: Reviews;
  reading: ReadingState | undefined;
  images: readonly StudyImage[];
}

/** How far the study is read, and everything that readers said, oldest first; nothing of it was changed later. */
export function ReviewHistory({ reviews, reading, images }: Props) {
  const { t } = useTranslation("study");
  return (
    <Stack gap="xs">
      {reading !== undefined && <HowFar reading={reading} />}
      {reviews.withheld && <Text size="sm">{t("history.withheld")}</Text>}
      {reviews.results.map((review) => (
        <Entry key={review.id} review={review} images={images} />
      ))}
    </Stack>
  );
}

function HowFar({ reading }: { reading: ReadingState }) {
  const { t } = useTranslation("study");
  const text = t(`reading.${reading.state}`);
  const readers = reading.readers.length > 0 && t("reading.by", { readers: reading.readers.join(", ") });
  if (reading.state !== "differs") {
    return (
      <Text data-testid="reading-state">
        {text} {readers}
      </Text>
    );
  }
  return (
    <Alert color="yellow" variant="outline" data-testid="reading-state">
      {text} {readers}
    </Alert>
  );
}

function Entry({ review, images }: { review: Review; images: readonly StudyImage[] }) {
  const { t } = useTranslation("study");
  const nameOf = (uid: string) => {
    const image = images.find(({ sop_instance_uid }) => sop_instance_uid === uid);
    return `${image?.laterality ?? t("unknownSide")} ${image?.view ?? t("unknownView")}`;
  };
  return (
    <Card withBorder padding="sm" data-testid="review">
      <Text fw={600}>
        {t(`review.kind.${review.kind}`)} · {review.reader} ·{" "}
        <time dateTime={review.at}>{formatTime(review.at)}</time>
      </Text>
      {review.ai_was_hidden && <Text size="sm">{t("history.aiWasHidden")}</Text>}
      <List size="sm">
        {review.breasts.map((breast) => (
          <List.Item key={breast.laterality}>
            {t(`breast.${breast.laterality}`)}
            {breast.birads && ` · BI-RADS ${breast.birads}`}
            {breast.density && ` · ${t("history.density", { density: breast.density })}`}
            {breast.agreement !== "none" && ` · ${t(`history.${breast.agreement}`)}`}
          </List.Item>
        ))}
        {review.findings.map((finding, index) => (
          <List.Item key={index}>
            {finding.mark_index === null
              ? t("history.ownMark", { name: nameOf(finding.sop_instance_uid) })
              : t("history.aiMark", {
                  number: finding.mark_index + 1,
                  name: nameOf(finding.sop_instance_uid),
                })}
            {finding.agreement !== "none" && ` · ${t(`history.${finding.agreement}`)}`}
            {finding.text !== "" && ` · ${finding.text}`}
          </List.Item>
        ))}
      </List>
      {review.comment !== "" && <Text size="sm">{review.comment}</Text>}
    </Card>
  );
}
