import { number, text, type DicomHeader } from "../logic/dicom-json";
import { viewIdentity, type ViewIdentity } from "../logic/identity";
import { pixelSpacing, type PixelSpacing } from "../logic/spacing";
import { TAG } from "../logic/tags";

/** An image of a study as the viewer knows it, before its pixels are there. */
export interface ViewerImage {
  studyInstanceUid: string;
  seriesInstanceUid: string;
  sopInstanceUid: string;
  studyDate: string | undefined;
  rows: number;
  columns: number;
  identity: ViewIdentity;
  spacing: PixelSpacing;
  header: DicomHeader;
}

/** Tell what a header shows; undefined for objects without pixels. */
export function viewerImage(header: DicomHeader): ViewerImage | undefined {
  const studyInstanceUid = text(header, TAG.studyInstanceUid);
  const seriesInstanceUid = text(header, TAG.seriesInstanceUid);
  const sopInstanceUid = text(header, TAG.sopInstanceUid);
  const rows = number(header, TAG.rows);
  const columns = number(header, TAG.columns);
  if (!studyInstanceUid || !seriesInstanceUid || !sopInstanceUid || !rows || !columns) return undefined;
  return {
    studyInstanceUid,
    seriesInstanceUid,
    sopInstanceUid,
    studyDate: text(header, TAG.studyDate),
    rows,
    columns,
    identity: viewIdentity(header),
    spacing: pixelSpacing(header),
    header,
  };
}

export function instanceUrl(image: ViewerImage): string {
  const { studyInstanceUid, seriesInstanceUid, sopInstanceUid } = image;
  return `/dicom-web/studies/${studyInstanceUid}/series/${seriesInstanceUid}/instances/${sopInstanceUid}`;
}

/** The picture that the node draws: there at once, while the full data are on their way. */
export function previewUrl(image: ViewerImage): string {
  return `${instanceUrl(image)}/rendered?viewport=1024,1024`;
}
