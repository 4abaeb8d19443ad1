import { useDisclosure } from "@mantine/hooks";
import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { releaseImages } from "../engine/pixel-store";
import type { ViewerImage } from "../engine/viewer-image";
import { useActions } from "../hooks/use-actions";
import { fitTogether, placement, toImage, type Camera, type Size } from "../logic/geometry";
import { planScreen, type Cell } from "../logic/screen-plan";
import { ellipsePolygon, within } from "../logic/shapes";
import { change, INITIAL } from "../logic/view-state";
import type { DrawnMark, ImageFindings } from "../types";

import { HelpPanel } from "./help-panel";
import { NotHung } from "./not-hung";
import { Toolbar } from "./toolbar";
import { Viewport } from "./viewport";
import classes from "./viewer.module.css";

export interface ViewerProps {
  images: ViewerImage[];
  prior: ViewerImage[];
  findings: ReadonlyMap<string, ImageFindings>;
  /** The reader has to form a first impression before the network's is shown. */
  aiHidden: boolean;
  drawn: readonly DrawnMark[];
  /** Undefined where the user may not draw. */
  onDraw: ((mark: DrawnMark) => void) | undefined;
}

const RADIUS_MM = 5;

/** The views of a study as mammography is read, with the tools to read them. */
export function Viewer({ images, prior, findings, aiHidden, drawn, onDraw }: ViewerProps) {
  const { t } = useTranslation("viewer");
  const [state, dispatch] = useReducer(change, INITIAL);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [sizes, setSizes] = useState<Readonly<Record<string, Size>>>({});
  const [helpOpened, help] = useDisclosure(false);
  const viewer = useRef<HTMLDivElement>(null);

  const onSize = useCallback((key: string, size: Size) => {
    setSizes((known) => ({ ...known, [key]: size }));
  }, []);
  useEffect(() => releaseImages, []);

  const plan = useMemo(() => planScreen(images, prior, { ...state, chosen }), [images, prior, state, chosen]);
  const fitScale = fitTogether(
    plan.cells.flatMap(({ key, sheet }) => {
      const size = sizes[key];
      return sheet === undefined || size === undefined ? [] : [{ sheet, size }];
    }),
  );
  const hidden = aiHidden ? { ...state, showMarks: false, showHeatMap: false } : state;

  function drawAtMiddle(cell: Cell, camera: Camera, size: Size): void {
    if (cell.image === undefined || cell.sheet === undefined) return;
    const { columns, rows, spacing, sopInstanceUid } = cell.image;
    const [x, y] = toImage(placement(cell.sheet, camera, size), [size.width / 2, size.height / 2]);
    const [across, down] = [RADIUS_MM / spacing.columnMm, RADIUS_MM / spacing.rowMm];
    const circle = ellipsePolygon([x - across, y - down], [x + across, y + down]);
    onDraw?.({ sopInstanceUid, polygon: within(circle, columns, rows) });
  }

  const act = useActions({
    state: hidden,
    dispatch,
    cells: plan.cells,
    sizes,
    fitScale,
    viewer,
    aiHidden,
    mayDraw: onDraw !== undefined,
    hasPrior: prior.length > 0,
    openHelp: help.open,
    drawAtMiddle,
  });

  return (
    <section ref={viewer} className={classes.viewer} aria-label={t("viewer")} data-testid="viewer">
      <Toolbar
        state={hidden}
        act={act}
        mayDraw={onDraw !== undefined}
        hasPrior={prior.length > 0}
        aiHidden={aiHidden}
      />
      <div
        className={classes.grid}
        style={{ gridTemplateColumns: `repeat(${String(plan.columns)}, 1fr)`, gridAutoRows: "1fr" }}
      >
        {plan.cells.map((cell) =>
          cell.image === undefined || cell.sheet === undefined ? (
            <EmptyPlace key={cell.key} cell={cell} />
          ) : (
            <Viewport
              key={`${cell.key}/${cell.image.sopInstanceUid}`}
              place={cell}
              places={plan.cells}
              image={cell.image}
              sheet={cell.sheet}
              prior={cell.prior}
              fitScale={fitScale}
              state={hidden}
              dispatch={dispatch}
              findings={cell.prior ? undefined : findings.get(cell.image.sopInstanceUid)}
              drawn={drawn}
              onDraw={cell.prior ? undefined : onDraw}
              onSize={onSize}
            />
          ),
        )}
      </div>
      <NotHung
        images={plan.left}
        onChoose={(uid) => {
          setChosen([uid]);
        }}
      />
      <HelpPanel opened={helpOpened} onClose={help.close} />
    </section>
  );
}

function EmptyPlace({ cell }: { cell: Cell }) {
  const { t } = useTranslation("viewer");
  const name = `${cell.laterality} ${cell.view}`;
  return (
    <div className={classes.viewport}>
      <div className={classes.empty}>{t(cell.prior ? "noPriorImage" : "noImage", { name })}</div>
    </div>
  );
}
