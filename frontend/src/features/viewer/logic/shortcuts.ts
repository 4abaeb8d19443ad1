/** What a key does. The help panel is written from this list, so no key is secret. */
export type Action =
  | "window"
  | "pan"
  | "zoom"
  | "length"
  | "ellipse"
  | "polygon"
  | "markMiddle"
  | "magnifier"
  | "invert"
  | "reset"
  | "oneToOne"
  | "zoomIn"
  | "zoomOut"
  | "panLeft"
  | "panRight"
  | "panUp"
  | "panDown"
  | "link"
  | "layoutFour"
  | "layoutCc"
  | "layoutMlo"
  | "layoutRight"
  | "layoutLeft"
  | "maximise"
  | "prior"
  | "marks"
  | "heatMap"
  | "fullScreen"
  | "help"
  | "cancel";

export const SHORTCUTS: readonly (readonly [key: string, action: Action])[] = [
  ["w", "window"],
  ["p", "pan"],
  ["z", "zoom"],
  ["l", "length"],
  ["e", "ellipse"],
  ["o", "polygon"],
  ["c", "markMiddle"],
  ["g", "magnifier"],
  ["i", "invert"],
  ["r", "reset"],
  ["x", "oneToOne"],
  ["+", "zoomIn"],
  ["-", "zoomOut"],
  ["ArrowLeft", "panLeft"],
  ["ArrowRight", "panRight"],
  ["ArrowUp", "panUp"],
  ["ArrowDown", "panDown"],
  ["k", "link"],
  ["1", "layoutFour"],
  ["2", "layoutCc"],
  ["3", "layoutMlo"],
  ["4", "layoutRight"],
  ["5", "layoutLeft"],
  ["Enter", "maximise"],
  ["b", "prior"],
  ["m", "marks"],
  ["h", "heatMap"],
  ["f", "fullScreen"],
  ["?", "help"],
  ["Escape", "cancel"],
];

const ACTIONS = new Map(SHORTCUTS);

/** Keys that also serve the page: they act only while a view has the focus. */
const IN_VIEW_ONLY = new Set(["Enter", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Escape"]);

/** The action of a key press; undefined where someone is writing, or a modifier makes it the browser's. */
export function actionOf(event: KeyboardEvent): Action | undefined {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return undefined;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("input, textarea, select, [contenteditable=true], [role=dialog], [role=listbox]")) {
    return undefined;
  }
  if (IN_VIEW_ONLY.has(event.key) && !target?.closest("[data-viewport]")) return undefined;
  return ACTIONS.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
}
