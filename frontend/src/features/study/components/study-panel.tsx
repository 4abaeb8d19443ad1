import { Accordion, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Failure } from "@/components/ui/failure";

import { reviewsOptions } from "../api/reviews";
import type { Study } from "../api/types";
import type { DraftMark } from "../logic/review-draft";

import { Assessments } from "./assessments";
import { Outcomes } from "./outcomes";
import { Reports } from "./reports";
import { Results } from "./results";
import { ReviewForm } from "./review-form";
import { ReviewHistory } from "./review-history";
import { StaffButtons } from "./staff-buttons";
import { Timeline } from "./timeline";
import { WhatTheAiSaw } from "./what-the-ai-saw";

interface Props {
  study: Study;
  drawn: readonly DraftMark[];
  onDrawnChange: (drawn: readonly DraftMark[]) => void;
  presentationUrl: (sopInstanceUid: string) => string | undefined;
}

/** Everything about a study beside its images. */
export function StudyPanel({ study, drawn, onDrawnChange, presentationUrl }: Props) {
  const { t } = useTranslation("study");
  const uid = study.study_instance_uid;
  const mayReview = study.permissions.review;
  const reviews = useQuery(reviewsOptions(uid));
  return (
    <Accordion
      multiple
      defaultValue={["results", "review"]}
      order={2}
      chevronPosition="left"
      variant="separated"
    >
      <Section name="results" title={t("results.title")}>
        <Results study={study} />
      </Section>
      <Section name="review" title={t("review.title")}>
        <Stack gap="md">
          {reviews.error !== null && <Failure error={reviews.error} onRetry={() => void reviews.refetch()} />}
          {reviews.data !== undefined && (
            <ReviewHistory reviews={reviews.data} reading={study.reading} images={study.images} />
          )}
          {mayReview && <ReviewForm study={study} drawn={drawn} onDrawnChange={onDrawnChange} />}
        </Stack>
      </Section>
      <Section name="outcome" title={t("outcome.title")}>
        <Outcomes uid={uid} mayEnter={study.permissions.outcome} />
      </Section>
      <Section name="input" title={t("input.title")}>
        <WhatTheAiSaw uid={uid} images={study.images} presentationUrl={presentationUrl} />
      </Section>
      <Section name="timeline" title={t("timeline.title")}>
        <Stack gap="md">
          {study.permissions.staff_actions && <StaffButtons uid={uid} />}
          <Timeline events={study.timeline} />
        </Stack>
      </Section>
      <Section name="reports" title={t("reports.title")}>
        <Reports reports={study.reports} />
      </Section>
      <Section name="assessments" title={t("assessments.title")}>
        <Assessments assessments={study.assessments} />
      </Section>
    </Accordion>
  );
}

function Section({ name, title, children }: { name: string; title: string; children: ReactNode }) {
  return (
    <Accordion.Item value={name}>
      <Accordion.Control>{title}</Accordion.Control>
      <Accordion.Panel>{children}</Accordion.Panel>
    </Accordion.Item>
  );
}
