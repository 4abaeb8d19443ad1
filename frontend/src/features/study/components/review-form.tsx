import { Alert, Button, NativeSelect, Stack, Text, Textarea } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";

import { Failure } from "@/components/ui/failure";

import { useAddReview } from "../api/reviews";
import type { ReviewKind, Study } from "../api/types";
import { emptyDraft, kindToWrite, reviewOf, saysSomething, withoutJudgements, type DraftMark } from "../logic/review-draft";

import { BreastFields } from "./breast-fields";
import { FindingFields } from "./finding-fields";

interface Props {
  study: Study;
  drawn: readonly DraftMark[];
  onDrawnChange: (drawn: readonly DraftMark[]) => void;
}

/** What a reader says of the study. It is signed with name and time by the node, and never changed. */
export function ReviewForm({ study, drawn, onDrawnChange }: Props) {
  const { t } = useTranslation("study");
  const hidden = study.ai_hidden;
  const kinds = study.reading.open_kinds;
  const [draft, setDraft] = useState(emptyDraft);
  const [round, setRound] = useState(study.round);
  const [isAnalysedAgain, setIsAnalysedAgain] = useState(false);
  if (round !== study.round) {
    setRound(study.round);
    setDraft(withoutJudgements(draft));
    setIsAnalysedAgain(round > 0);
  }
  const kind = kindToWrite(kinds, draft.kind);
  const add = useAddReview(study.study_instance_uid);
  if (kind === undefined) {
    return (
      <Stack gap="sm">
        {add.isError && <Failure error={add.error} />}
        {add.isSuccess && <Alert role="status">{t("review.saved")}</Alert>}
        <Text>{t("review.nothingOpen")}</Text>
      </Stack>
    );
  }
  const review = { ...reviewOf(kind, draft, study.images, drawn), round: study.round };
  const ready = saysSomething(review);

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (!ready) return;
    add.mutate(review, {
      onSuccess: () => {
        setDraft(emptyDraft());
        setIsAnalysedAgain(false);
        onDrawnChange([]);
      },
    });
  }

  return (
    <form onSubmit={submit} aria-label={t(`review.kind.${kind}`)}>
      <Stack gap="sm">
        {isAnalysedAgain && <Alert role="status">{t("review.analysedAgain")}</Alert>}
        {hidden && <Alert>{t("review.firstImpressionFirst")}</Alert>}
        {kinds.length > 1 ? (
          <NativeSelect
            label={t("review.kindLabel")}
            value={kind}
            data={kinds.map((each) => ({ value: each, label: t(`review.kind.${each}`) }))}
            onChange={(event) => {
              setDraft({ ...draft, kind: event.currentTarget.value as ReviewKind });
            }}
          />
        ) : (
          <Text fw={600}>{t(`review.kind.${kind}`)}</Text>
        )}
        {(["R", "L"] as const).map((laterality) => (
          <BreastFields
            key={laterality}
            laterality={laterality}
            values={draft.breasts[laterality]}
            withAgreement={!hidden}
            onChange={(values) => {
              setDraft({ ...draft, breasts: { ...draft.breasts, [laterality]: values } });
            }}
          />
        ))}
        <FindingFields
          images={study.images}
          drawn={drawn}
          draft={draft}
          onChange={setDraft}
          onRemove={(removed) => {
            onDrawnChange(drawn.filter((_, index) => index !== removed));
          }}
        />
        <Textarea
          label={t("review.comment")}
          autosize
          minRows={2}
          value={draft.comment}
          onChange={(event) => {
            setDraft({ ...draft, comment: event.currentTarget.value });
          }}
        />
        {add.isError && <Failure error={add.error} />}
        {add.isSuccess && <Alert role="status">{t("review.saved")}</Alert>}
        <Button type="submit" disabled={!ready} loading={add.isPending}>
          {t(hidden ? "review.saveImpression" : "review.save")}
        </Button>
        <Text size="sm">{t("review.appendOnly")}</Text>
      </Stack>
    </form>
  );
}
