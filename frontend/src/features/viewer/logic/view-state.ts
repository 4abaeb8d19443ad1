import { mirrored, type Camera } from "./geometry";
import type { Layout } from "./hanging";
import type { Laterality } from "./identity";
import type { Point } from "./spacing";
import type { Window } from "./voi";

export type Tool = "window" | "pan" | "zoom" | "length" | "ellipse" | "polygon" | "magnifier";
export const TOOLS: readonly Tool[] = ["window", "pan", "zoom", "length", "magnifier", "ellipse", "polygon"];

/** Zoom 1 is the scale at which all images of the layout fit. */
export interface Look {
  zoom: number;
  pan: Point;
}

export const FITTING: Look = { zoom: 1, pan: [0, 0] };

export interface Measurement {
  sopInstanceUid: string;
  from: Point;
  to: Point;
}

export interface ViewState {
  layout: Exclude<Layout, "one">;
  /** The place that fills the screen, of those the layout has. */
  maximised: string | undefined;
  active: string;
  tool: Tool;
  linked: boolean;
  looks: Readonly<Record<string, Look>>;
  windows: Readonly<Record<string, Window>>;
  inverted: boolean;
  showMarks: boolean;
  showHeatMap: boolean;
  showPrior: boolean;
  measurements: readonly Measurement[];
}

export const INITIAL: ViewState = {
  layout: "four",
  maximised: undefined,
  active: "",
  tool: "window",
  linked: true,
  looks: {},
  windows: {},
  inverted: false,
  showMarks: false,
  showHeatMap: false,
  showPrior: false,
  measurements: [],
};

export type Change =
  | { type: "set"; values: Partial<ViewState> }
  | { type: "toggle"; what: "linked" | "inverted" | "showMarks" | "showHeatMap" | "showPrior" }
  | { type: "look"; place: string; look: Look; places: readonly PlaceSide[] }
  | { type: "window"; sopInstanceUid: string; window: Window }
  | { type: "measure"; measurement: Measurement }
  | { type: "reset" };

/** A place on the screen, by its key and the breast that hangs there. */
export interface PlaceSide {
  key: string;
  laterality: Laterality;
}

export function change(state: ViewState, action: Change): ViewState {
  switch (action.type) {
    case "set":
      return { ...state, ...action.values };
    case "toggle":
      return { ...state, [action.what]: !state[action.what] };
    case "look":
      return { ...state, looks: { ...state.looks, ...shared(state, action) } };
    case "window":
      return { ...state, windows: { ...state.windows, [action.sopInstanceUid]: action.window } };
    case "measure":
      return { ...state, measurements: [...state.measurements, action.measurement] };
    case "reset":
      return { ...state, looks: {}, windows: {}, inverted: false, measurements: [], maximised: undefined };
  }
}

/** Linked views move together; the other breast moves as in a mirror. */
function shared(state: ViewState, action: Extract<Change, { type: "look" }>): Record<string, Look> {
  if (!state.linked) return { [action.place]: action.look };
  const own = action.places.find((place) => place.key === action.place);
  return Object.fromEntries(
    action.places.map((place) => [
      place.key,
      place.laterality === own?.laterality
        ? action.look
        : { ...action.look, pan: mirrored(asCamera(action.look)).pan },
    ]),
  );
}

function asCamera(look: Look): Camera {
  return { scale: look.zoom, pan: look.pan };
}

export function cameraOf(look: Look | undefined, fitScale: number): Camera {
  const { zoom, pan } = look ?? FITTING;
  return { scale: zoom * fitScale, pan };
}

export function lookOf(camera: Camera, fitScale: number): Look {
  return { zoom: camera.scale / fitScale, pan: camera.pan };
}
