import { useEffect, useRef, useState, type RefObject } from "react";

import { Screen, type Drawing } from "../engine/screen";
import type { Size } from "../logic/geometry";

export interface Painted {
  /** Whether the full data are on the canvas. */
  painted: boolean;
  /** Why the canvas cannot be painted. */
  failure: string | undefined;
}

/** Keep a Cornerstone viewport in an element painted with a drawing. */
export function useScreen(
  id: string,
  element: RefObject<HTMLDivElement | null>,
  drawing: Drawing | undefined,
  size: Size,
): Painted {
  const screen = useRef<Screen>(null);
  const [painted, setPainted] = useState<string>();
  const [failure, setFailure] = useState<string>();
  const ready = size.width > 0 && size.height > 0;

  useEffect(() => {
    if (element.current === null || !ready) return undefined;
    const opened = new Screen(id, element.current);
    screen.current = opened;
    return () => {
      screen.current = null;
      opened.close();
    };
  }, [id, element, ready]);

  useEffect(() => {
    if (ready) screen.current?.resize();
  }, [size.width, size.height, ready]);

  useEffect(() => {
    if (!ready || drawing === undefined) return;
    screen.current?.draw(drawing).then(
      () => {
        setPainted(drawing.sopInstanceUid);
      },
      (error: unknown) => {
        setFailure(String(error));
      },
    );
  }, [drawing, ready, size.width, size.height]);

  return { painted: drawing !== undefined && painted === drawing.sopInstanceUid, failure };
}
