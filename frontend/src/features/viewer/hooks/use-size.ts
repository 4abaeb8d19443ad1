import { useEffect, useState, type RefObject } from "react";

import type { Size } from "../logic/geometry";

/** The size of an element, as it changes. */
export function useSize(element: RefObject<HTMLElement | null>): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useEffect(() => {
    if (element.current === null) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      const target = entry?.target;
      if (target instanceof HTMLElement) setSize({ width: target.clientWidth, height: target.clientHeight });
    });
    observer.observe(element.current);
    return () => {
      observer.disconnect();
    };
  }, [element]);
  return size;
}
