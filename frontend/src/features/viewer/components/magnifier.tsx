import { useEffect, useRef } from "react";

import type { LoadedImage } from "../engine/pixel-store";
import { toImage, type Placement, type Sheet } from "../logic/geometry";
import type { Point } from "../logic/spacing";
import type { Window } from "../logic/voi";
import { shown } from "../logic/window-level";

import classes from "./viewer.module.css";

const SIDE = 110;

interface Props {
  loaded: LoadedImage;
  sheet: Sheet;
  placed: Placement;
  at: Point;
  window: Window;
  inverted: boolean;
}

/** A lens of stored pixels, each as two by two of the screen, whatever the zoom of the view. */
export function Magnifier({ loaded, sheet, placed, at, window, inverted }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const [x, y] = toImage(placed, at);
    const column = Math.round(sheet.flipHorizontal ? sheet.columns - x : x) - SIDE / 2;
    const row = Math.round(sheet.flipVertical ? sheet.rows - y : y) - SIDE / 2;
    const picture = context.createImageData(SIDE, SIDE);
    for (let index = 0; index < SIDE * SIDE; index += 1) {
      const [across, down] = [column + (index % SIDE), row + Math.floor(index / SIDE)];
      const inside = across >= 0 && down >= 0 && across < sheet.columns && down < sheet.rows;
      const level = inside ? (loaded.full.levels[down * sheet.columns + across] ?? 0) : 0;
      const grey = inside ? shown(level, window, inverted) : 0;
      picture.data.set([grey, grey, grey, 255], index * 4);
    }
    context.putImageData(picture, 0, 0);
  }, [loaded, sheet, placed, at, window, inverted]);
  const position = { left: at[0] - SIDE, top: at[1] - SIDE };
  return (
    <canvas
      ref={canvas}
      width={SIDE}
      height={SIDE}
      className={classes.magnifier}
      style={position}
      aria-hidden="true"
    />
  );
}
