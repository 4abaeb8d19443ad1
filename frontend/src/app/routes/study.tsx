import { Alert, Group, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";

import { ErrorBoundary } from "@/components/ui/error-boundary";
import { Failure } from "@/components/ui/failure";
import { Waiting } from "@/components/ui/waiting";
import { studyAddress, studyOptions } from "@/features/study/api/get-study";
import { reviewsOptions } from "@/features/study/api/reviews";
import type { Study } from "@/features/study/api/types";
import { StudyPanel } from "@/features/study/components/study-panel";
import { keptMarks, type DraftMark } from "@/features/study/logic/review-draft";
import { imagesOptions } from "@/features/viewer/api/get-images";
import { ImagesFailure } from "@/features/viewer/components/images-failure";
import { previewUrl, type ViewerImage } from "@/features/viewer/engine/viewer-image";
import type { ImageFindings } from "@/features/viewer/types";
import { formatDay, formatName } from "@/lib/format";

import classes from "./study.module.css";

// the viewer's script comes beside what the node knows of the study, not after it
const viewer = import("@/features/viewer/components/viewer");
viewer.catch(() => undefined);
const Viewer = lazy(async () => ({ default: (await viewer).Viewer }));
const NONE: never[] = [];

/** A study: its views as they are read, and beside them all that is known of it. */
function StudyScreen({ uid }: { uid: string }) {
  const study = useQuery(studyOptions(uid));
  usePreviews(useQuery(imagesOptions(uid)).data);
  if (study.data === undefined) {
    return study.error === null ? (
      <Waiting />
    ) : (
      <Failure error={study.error} onRetry={() => void study.refetch()} />
    );
  }
  return <Opened study={study.data} />;
}

/** Ask for the pictures as soon as their addresses are known: they are there when the viewer is. */
function usePreviews(images: readonly ViewerImage[] | undefined): void {
  useEffect(() => {
    for (const image of images ?? []) new Image().src = previewUrl(image);
  }, [images]);
}

function Opened({ study }: { study: Study }) {
  const { t } = useTranslation("study");
  const [drawn, setDrawn] = useState<readonly DraftMark[]>([]);
  const images = useQuery(imagesOptions(study.study_instance_uid));
  const prior = study.priors.find(({ images_here, visible }) => images_here > 0 && visible);
  const priorImages = useQuery({
    ...imagesOptions(prior?.study_instance_uid ?? ""),
    enabled: prior !== undefined,
  });
  const findings = useMemo(() => findingsOf(study), [study]);
  const reviews = useQuery(reviewsOptions(study.study_instance_uid));
  const onImages = useMemo(() => [...keptMarks(reviews.data?.results ?? []), ...drawn], [reviews.data, drawn]);
  const title = study.accession_number || study.patient_id || study.study_instance_uid;
  useEffect(() => {
    document.title = t("pageTitle", { title });
  }, [t, title]);

  return (
    <div className={classes.study}>
      <header className={classes.head}>
        <Identity study={study} />
      </header>
      <div className={classes.images}>
        {images.error !== null && (
          // its own words may have to be fetched first: the rest of the screen does not wait for them
          <Suspense fallback={<Waiting />}>
            <ImagesFailure error={images.error} onRetry={() => void images.refetch()} />
          </Suspense>
        )}
        {images.data === undefined && images.error === null && <Waiting />}
        {images.data?.length === 0 && <Alert>{t("noImages")}</Alert>}
        {images.data !== undefined && images.data.length > 0 && (
          <ErrorBoundary>
            <Suspense fallback={<Waiting />}>
              <Viewer
                images={images.data}
                prior={priorImages.data ?? NONE}
                findings={findings}
                aiHidden={study.ai_hidden}
                drawn={onImages}
                onDraw={
                  study.permissions.review && study.reading.open_kinds.length > 0
                    ? (mark) => {
                        setDrawn((known) => [...known, { ...mark, polygon: mark.polygon }]);
                      }
                    : undefined
                }
              />
            </Suspense>
          </ErrorBoundary>
        )}
      </div>
      <aside className={classes.panel} aria-label={t("panel")}>
        <StudyPanel
          study={study}
          drawn={drawn}
          onDrawnChange={setDrawn}
          presentationUrl={(sop) => {
            const image = images.data?.find(({ sopInstanceUid }) => sopInstanceUid === sop);
            return image && previewUrl(image);
          }}
        />
      </aside>
    </div>
  );
}

function Identity({ study }: { study: Study }) {
  const { t } = useTranslation("study");
  const birth = study.patient_birth_date;
  return (
    <Group gap="md">
      <Title order={1} size="h3">
          {formatName(study.patient_name) || t("noName")}
      </Title>
      <Text>{t("patientId", { id: study.patient_id })}</Text>
      {birth && <Text>{t("born", { date: formatDay(birth) })}</Text>}
      <Text>{t("accession", { number: study.accession_number || "–" })}</Text>
      {study.study_date && <Text>{formatDay(study.study_date)}</Text>}
      <Text>{study.site.name}</Text>
      <Text>{t(`state.${study.state}`, { defaultValue: study.state })}</Text>
    </Group>
  );
}

/** The AI's marks and heat maps by image, as the viewer lays them over the pixels. */
function findingsOf(study: Study): ReadonlyMap<string, ImageFindings> {
  return new Map(
    study.images.map((image) => [
      image.sop_instance_uid,
      {
        marks: image.marks,
        heatMapUrl:
          image.has_saliency
            ? `${studyAddress(study.study_instance_uid)}images/${image.sop_instance_uid}/saliency.png`
            : undefined,
      },
    ]),
  );
}

export default function StudyRoute() {
  const { studyInstanceUid = "" } = useParams();
  return <StudyScreen key={studyInstanceUid} uid={studyInstanceUid} />;
}
