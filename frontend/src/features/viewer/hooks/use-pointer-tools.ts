import { useState, type PointerEvent, type WheelEvent } from "react";

import {
  panBy,
  toImage,
  zoomAt,
  type Camera,
  type Placement,
  type Sheet,
  type Size,
} from "../logic/geometry";
import { ellipsePolygon } from "../logic/shapes";
import type { Point } from "../logic/spacing";
import type { Tool } from "../logic/view-state";
import type { Window } from "../logic/voi";
import { dragWindow } from "../logic/window-level";

export interface PointerContext {
  tool: Tool;
  camera: Camera;
  sheet: Sheet;
  size: Size;
  placed: Placement;
  window: Window;
  onCamera: (camera: Camera) => void;
  onWindow: (window: Window) => void;
  onLength: (from: Point, to: Point) => void;
  onPolygon: (polygon: readonly Point[]) => void;
}

interface Drag {
  tool: Tool;
  start: Point;
  at: Point;
  camera: Camera;
  window: Window;
}

export interface PointerTools {
  /** The shape under way, in pixels of the stored image. */
  sketch: readonly Point[];
  /** Where the magnifier is held, in pixels of the screen. */
  lens: Point | undefined;
  cancel: () => void;
  handlers: {
    onPointerDown: (event: PointerEvent<SVGSVGElement>) => void;
    onPointerMove: (event: PointerEvent<SVGSVGElement>) => void;
    onPointerUp: (event: PointerEvent<SVGSVGElement>) => void;
    onWheel: (event: WheelEvent<SVGSVGElement>) => void;
    onDoubleClick: () => void;
  };
}

function positionOf(event: PointerEvent<SVGSVGElement> | WheelEvent<SVGSVGElement>): Point {
  const box = event.currentTarget.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

/** The middle button always pans and the right one always zooms. */
function toolOf(event: PointerEvent, tool: Tool): Tool {
  if (event.button === 1) return "pan";
  return event.button === 2 ? "zoom" : tool;
}

export function usePointerTools(context: PointerContext): PointerTools {
  const [drag, setDrag] = useState<Drag>();
  const [corners, setCorners] = useState<readonly Point[]>([]);
  const inImage = (at: Point) => toImage(context.placed, at);

  function move(current: Drag, at: Point): void {
    const [dx, dy] = [at[0] - current.start[0], at[1] - current.start[1]];
    if (current.tool === "window") context.onWindow(dragWindow(current.window, dx, dy));
    if (current.tool === "pan") context.onCamera(panBy(current.camera, dx, dy));
    if (current.tool === "zoom") {
      const factor = Math.exp(-dy / 150);
      context.onCamera(zoomAt(current.camera, context.sheet, context.size, factor, current.start));
    }
    setDrag({ ...current, at });
  }

  function finish(current: Drag): void {
    const [from, to] = [inImage(current.start), inImage(current.at)];
    const far = Math.hypot(current.at[0] - current.start[0], current.at[1] - current.start[1]) > 4;
    if (current.tool === "length" && far) context.onLength(from, to);
    if (current.tool === "ellipse" && far) context.onPolygon(ellipsePolygon(from, to));
    if (current.tool === "polygon") setCorners([...corners, to]);
    setDrag(undefined);
  }

  return {
    sketch: sketchOf(drag, corners, inImage),
    lens: drag?.tool === "magnifier" ? drag.at : undefined,
    cancel: () => {
      setDrag(undefined);
      setCorners([]);
    },
    handlers: {
      onPointerDown: (event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        const at = positionOf(event);
        const { camera, window } = context;
        setDrag({ tool: toolOf(event, context.tool), start: at, at, camera, window });
      },
      onPointerMove: (event) => {
        if (drag !== undefined) move(drag, positionOf(event));
      },
      onPointerUp: () => {
        if (drag !== undefined) finish(drag);
      },
      onWheel: (event) => {
        const factor = Math.exp(-event.deltaY / 400);
        context.onCamera(zoomAt(context.camera, context.sheet, context.size, factor, positionOf(event)));
      },
      onDoubleClick: () => {
        // the second click of the pair has put a corner on the first one's
        const polygon = corners.slice(0, -1);
        if (polygon.length >= 3) context.onPolygon(polygon);
        setCorners([]);
      },
    },
  };
}

function sketchOf(
  drag: Drag | undefined,
  corners: readonly Point[],
  inImage: (at: Point) => Point,
): readonly Point[] {
  if (corners.length > 0) return drag?.tool === "polygon" ? [...corners, inImage(drag.at)] : corners;
  if (drag === undefined) return [];
  if (drag.tool === "length") return [inImage(drag.start), inImage(drag.at)];
  return drag.tool === "ellipse" ? ellipsePolygon(inImage(drag.start), inImage(drag.at)) : [];
}
