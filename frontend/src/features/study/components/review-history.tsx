import { Alert, Card, List, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatTime } from "@/lib/format";

import type { Review } from "../api/types";
import { readersDiffer } from "../logic/review-draft";

/** Everything that readers said, oldest first; nothing of it was changed later. */
export function ReviewHistory({ reviews }: { reviews: readonly Review[] }) {
  const { t } = useTranslation("study");
  const arbitrated = reviews.some(({ kind }) => kind === "arbitration");
  if (reviews.length === 0) return <Text>{t("history.empty")}</Text>;
  return (
    <Stack gap="xs">
      {readersDiffer(reviews) && !arbitrated && (
        <Alert color="yellow" variant="outline">
          {t("history.differ")}
        </Alert>
      )}
      {reviews.map((review, index) => (
        <Entry key={review.id ?? index} review={review} />
      ))}
    </Stack>
  );
}

function Entry({ review }: { review: Review }) {
  const { t } = useTranslation("study");
  return (
    <Card withBorder padding="sm" data-testid="review">
      <Text fw={600}>
        {t(`review.kind.${review.kind}`)} · {review.reader} ·{" "}
        <time dateTime={review.at}>{formatTime(review.at)}</time>
      </Text>
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
              ? t("history.ownMark")
              : t("history.aiMark", { number: finding.mark_index + 1 })}
            {finding.agreement !== "none" && ` · ${t(`history.${finding.agreement}`)}`}
            {finding.text !== "" && ` · ${finding.text}`}
          </List.Item>
        ))}
      </List>
      {review.comment !== "" && <Text size="sm">{review.comment}</Text>}
    </Card>
  );
}
