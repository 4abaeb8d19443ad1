import { useEffect, useEffectEvent, type Dispatch, type RefObject } from "react";

import { oneToOne, panBy, zoomAt, type Camera, type Sheet, type Size } from "../logic/geometry";
import type { Cell } from "../logic/screen-plan";
import { actionOf, type Action } from "../logic/shortcuts";
import { cameraOf, lookOf, type Change, type ViewState } from "../logic/view-state";

interface Context {
  state: ViewState;
  dispatch: Dispatch<Change>;
  cells: readonly Cell[];
  sizes: Readonly<Record<string, Size>>;
  fitScale: number;
  viewer: RefObject<HTMLElement | null>;
  aiHidden: boolean;
  mayDraw: boolean;
  hasPrior: boolean;
  openHelp: () => void;
  drawAtMiddle: (cell: Cell, camera: Camera, size: Size) => void;
}

const STEP = 60;
const PANS: Partial<Record<Action, readonly [number, number]>> = {
  panLeft: [STEP, 0],
  panRight: [-STEP, 0],
  panUp: [0, STEP],
  panDown: [0, -STEP],
};
const LAYOUT_OF: Partial<Record<Action, ViewState["layout"]>> = {
  layoutFour: "four",
  layoutCc: "cc",
  layoutMlo: "mlo",
  layoutRight: "right",
  layoutLeft: "left",
};

/** What keys and buttons do; the keys of the whole page are heard while the viewer is there. */
export function useActions(context: Context): (action: Action) => void {
  const act = (action: Action) => {
    perform(action, context);
  };
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const action = actionOf(event);
    if (action === undefined) return;
    event.preventDefault();
    act(action);
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      onKey(event);
    };
    document.addEventListener("keydown", listen);
    return () => {
      document.removeEventListener("keydown", listen);
    };
  }, []);
  return act;
}

function perform(action: Action, context: Context): void {
  const { dispatch, state } = context;
  const layout = LAYOUT_OF[action];
  if (layout !== undefined) {
    dispatch({ type: "set", values: { layout, looks: {}, maximised: undefined } });
    return;
  }
  switch (action) {
    case "window":
    case "pan":
    case "zoom":
    case "length":
    case "magnifier":
      dispatch({ type: "set", values: { tool: action } });
      return;
    case "ellipse":
    case "polygon":
      if (context.mayDraw) dispatch({ type: "set", values: { tool: action } });
      return;
    case "invert":
      dispatch({ type: "toggle", what: "inverted" });
      return;
    case "link":
      dispatch({ type: "toggle", what: "linked" });
      return;
    case "prior":
      if (context.hasPrior) dispatch({ type: "toggle", what: "showPrior" });
      return;
    case "marks":
      if (!context.aiHidden) dispatch({ type: "toggle", what: "showMarks" });
      return;
    case "heatMap":
      if (!context.aiHidden) dispatch({ type: "toggle", what: "showHeatMap" });
      return;
    case "reset":
      dispatch({ type: "reset" });
      return;
    case "maximise":
      dispatch({
        type: "set",
        values: { maximised: state.maximised === undefined ? state.active : undefined, looks: {} },
      });
      return;
    case "cancel":
      dispatch({ type: "set", values: { maximised: undefined } });
      return;
    case "help":
      context.openHelp();
      return;
    case "fullScreen":
      void (document.fullscreenElement === null
        ? context.viewer.current?.requestFullscreen()
        : document.exitFullscreen());
      return;
    default:
      moveCamera(action, context);
  }
}

/** Zoom and pan of the active view, or of the first where none is. */
function moveCamera(action: Action, context: Context): void {
  const { state, cells, fitScale, dispatch } = context;
  const hung = cells.filter((cell) => cell.sheet !== undefined);
  const cell = hung.find(({ key }) => key === state.active) ?? hung[0];
  const size = cell && context.sizes[cell.key];
  if (cell?.sheet === undefined || size === undefined) return;
  const camera = cameraOf(state.looks[cell.key], fitScale);
  if (action === "markMiddle") {
    if (context.mayDraw) context.drawAtMiddle(cell, camera, size);
    return;
  }
  const moved = movedBy(action, camera, cell.sheet, size);
  dispatch({ type: "look", place: cell.key, look: lookOf(moved, fitScale), places: cells });
}

function movedBy(action: Action, camera: Camera, sheet: Sheet, size: Size): Camera {
  const pan = PANS[action];
  if (pan !== undefined) return panBy(camera, pan[0], pan[1]);
  const middle = [size.width / 2, size.height / 2] as const;
  if (action === "zoomIn") return zoomAt(camera, sheet, size, 1.25, middle);
  if (action === "zoomOut") return zoomAt(camera, sheet, size, 0.8, middle);
  const exact = oneToOne(sheet, globalThis.devicePixelRatio) / camera.scale;
  return zoomAt(camera, sheet, size, exact, middle);
}
