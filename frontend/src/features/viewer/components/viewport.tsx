import { Button } from "@mantine/core";
import type { TFunction } from "i18next";
import { useEffect, useMemo, useRef, type Dispatch } from "react";
import { useTranslation } from "react-i18next";

import type { Progress } from "../engine/frame";
import { previewUrl, type ViewerImage } from "../engine/viewer-image";
import { usePixels } from "../hooks/use-pixels";
import { usePreviewed } from "../hooks/use-previewed";
import { usePointerTools } from "../hooks/use-pointer-tools";
import { useScreen } from "../hooks/use-screen";
import { useSize } from "../hooks/use-size";
import { ImageError, isFinal } from "../logic/errors";
import { placement, reduction, type Sheet, type Size } from "../logic/geometry";
import { within } from "../logic/shapes";
import type { Point } from "../logic/spacing";
import { cameraOf, lookOf, type Change, type PlaceSide, type ViewState } from "../logic/view-state";
import type { DrawnMark, ImageFindings } from "../types";

import { Coming, percentOf } from "./coming";
import { Magnifier } from "./magnifier";
import { ViewportLabels } from "./viewport-labels";
import { ViewportOverlay } from "./viewport-overlay";
import classes from "./viewer.module.css";

export interface ViewportProps {
  place: PlaceSide;
  places: readonly PlaceSide[];
  image: ViewerImage;
  sheet: Sheet;
  prior: boolean;
  fitScale: number;
  state: ViewState;
  dispatch: Dispatch<Change>;
  findings: ImageFindings | undefined;
  drawn: readonly DrawnMark[];
  onDraw: ((mark: DrawnMark) => void) | undefined;
  onSize: (key: string, size: Size) => void;
}

/** One image on the screen: the node's picture at once, then the full data, with everything over them. */
export function Viewport(props: ViewportProps) {
  const { place, image, sheet, state, dispatch, fitScale, onSize } = props;
  const { t } = useTranslation("viewer");
  const outer = useRef<HTMLDivElement>(null);
  const screen = useRef<HTMLDivElement>(null);
  const size = useSize(outer);
  const previewed = usePreviewed(previewUrl(image));
  const { loaded, progress, error, retry } = usePixels(image, previewed);
  const look = state.looks[place.key];
  const camera = useMemo(() => cameraOf(look, fitScale), [look, fitScale]);
  const placed = useMemo(() => placement(sheet, camera, size), [sheet, camera, size]);
  const window = state.windows[image.sopInstanceUid] ?? loaded?.grey.initial;
  const ratio = globalThis.devicePixelRatio;

  useEffect(() => {
    onSize(place.key, size);
  }, [onSize, place.key, size]);

  const drawing = useMemo(() => {
    if (loaded === undefined || window === undefined) return undefined;
    const factor = reduction(sheet, camera, ratio);
    const { sopInstanceUid } = image;
    return { sopInstanceUid, sheet, camera, factor, window, inverted: state.inverted };
  }, [loaded, window, sheet, camera, ratio, image, state.inverted]);
  const { painted, failure } = useScreen(place.key, screen, drawing, size);

  const tools = usePointerTools({
    tool: state.tool,
    camera,
    sheet,
    size,
    placed,
    window: window ?? { lower: 0, upper: 65_535 },
    onCamera: (changed) => {
      dispatch({ type: "look", place: place.key, look: lookOf(changed, fitScale), places: props.places });
    },
    onWindow: (changed) => {
      dispatch({ type: "window", sopInstanceUid: image.sopInstanceUid, window: changed });
    },
    onLength: (from, to) => {
      dispatch({ type: "measure", measurement: { sopInstanceUid: image.sopInstanceUid, from, to } });
    },
    onPolygon: (polygon: readonly Point[]) => {
      props.onDraw?.({
        sopInstanceUid: image.sopInstanceUid,
        polygon: within(polygon, image.columns, image.rows),
      });
    },
  });

  const { laterality, view } = image.identity;
  const name = `${laterality ?? t("unknownLaterality")} ${view ?? t("unknownView")}`;
  const problem = problemOf(error, failure);
  const coming = !painted && problem === undefined;
  return (
    <div
      ref={outer}
      className={classes.viewport}
      data-viewport={place.key}
      data-active={state.active === place.key}
      data-painted={painted}
      data-previewed={previewed}
      data-sop={image.sopInstanceUid}
      role="group"
      aria-label={t("viewportOf", { name })}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the arrow keys move the image
      tabIndex={0}
      onFocus={() => {
        if (state.active !== place.key) dispatch({ type: "set", values: { active: place.key } });
      }}
      onPointerDown={(event) => {
        event.currentTarget.focus();
      }}
    >
      <div ref={screen} className={classes.screen} />
      <ViewportOverlay
        label={name}
        placed={placed}
        columns={image.columns}
        rows={image.rows}
        spacing={image.spacing}
        preview={painted ? undefined : previewUrl(image)}
        findings={props.findings}
        showMarks={state.showMarks}
        showHeatMap={state.showHeatMap}
        drawn={props.drawn.filter((mark) => mark.sopInstanceUid === image.sopInstanceUid)}
        measurements={state.measurements.filter((entry) => entry.sopInstanceUid === image.sopInstanceUid)}
        tools={tools}
      />
      {tools.lens !== undefined && loaded !== undefined && window !== undefined && (
        <Magnifier {...{ loaded, sheet, placed, window }} at={tools.lens} inverted={state.inverted} />
      )}
      <ViewportLabels
        image={image}
        prior={props.prior}
        grey={loaded?.grey}
        window={window}
        magnification={Math.abs(placed.scaleX) * ratio}
        markCount={state.showMarks ? props.findings?.marks.length : undefined}
        status={coming ? statusOf(t, progress) : undefined}
      />
      {coming && <Coming name={name} progress={progress} />}
      {problem !== undefined && (
        <div className={classes.empty} role="alert">
          <span>
            {t(`error.${problem.code}`)} {problem.detail}
          </span>
          {!isFinal(error) && (
            <Button variant="default" size="xs" onClick={retry}>
              {t("retry")}
            </Button>
          )}
        </div>
      )}
    </div>
  );
}

function statusOf(t: TFunction<"viewer">, progress: Progress | undefined): string {
  const percent = percentOf(progress);
  return percent === undefined ? t("previewOnly") : t("previewPart", { percent });
}

function problemOf(
  error: Error | null,
  failure: string | undefined,
): { code: string; detail: string } | undefined {
  if (error instanceof ImageError) return error;
  if (error !== null) return { code: "undecodable", detail: error.message };
  return failure === undefined ? undefined : { code: "rendering", detail: failure };
}
