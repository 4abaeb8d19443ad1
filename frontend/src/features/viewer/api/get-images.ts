import { queryOptions } from "@tanstack/react-query";

import { viewerImage, type ViewerImage } from "../engine/viewer-image";
import type { DicomHeader } from "../logic/dicom-json";
import { ImageError, isFinal, refusal } from "../logic/errors";

/** Headers of all images of a study (PS3.18 10.4.1.1.2), in order of arrival. */
export async function getImages(studyInstanceUid: string): Promise<ViewerImage[]> {
  const answer = await fetch(`/dicom-web/studies/${studyInstanceUid}/metadata`, {
    headers: { Accept: "application/dicom+json" },
    credentials: "same-origin",
  }).catch(() => {
    throw new ImageError("network");
  });
  if (answer.status === 204) return [];
  if (!answer.ok) throw refusal(answer.status);
  const headers = (await answer.json()) as DicomHeader[];
  return headers.map(viewerImage).filter((image) => image !== undefined);
}

export function imagesOptions(studyInstanceUid: string) {
  return queryOptions({
    queryKey: ["viewer", "images", studyInstanceUid],
    queryFn: () => getImages(studyInstanceUid),
    staleTime: 60_000,
    refetchOnWindowFocus: false,
    retry: (count, error) => count < 2 && !isFinal(error),
  });
}
