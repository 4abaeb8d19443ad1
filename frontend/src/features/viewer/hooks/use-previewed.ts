import { useEffect, useState } from "react";

/**
 * Whether a picture is there, or never will be.
 *
 * An SVG image that comes from the cache may have loaded before React listens: its own events cannot be relied on.
 */
export function usePreviewed(url: string): boolean {
  const [ended, setEnded] = useState<string>();
  useEffect(() => {
    const picture = new Image();
    const end = () => {
      setEnded(url);
    };
    picture.addEventListener("load", end);
    picture.addEventListener("error", end);
    picture.src = url;
    return () => {
      picture.removeEventListener("load", end);
      picture.removeEventListener("error", end);
    };
  }, [url]);
  return ended === url;
}
