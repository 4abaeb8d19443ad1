import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import type { Progress } from "../engine/frame";
import { loadImage } from "../engine/load-image";
import { loadedImage, type LoadedImage } from "../engine/pixel-store";
import type { ViewerImage } from "../engine/viewer-image";
import { ImageError } from "../logic/errors";

export interface Pixels {
  loaded: LoadedImage | undefined;
  progress: Progress | undefined;
  error: Error | null;
  retry: () => void;
}

/** A preview that takes longer than this no longer holds the full data back. */
const PREVIEW_MS = 3_000;

/** The full data of an image, with the progress of their coming; they wait for the preview, which is small and shown first. */
export function usePixels(image: ViewerImage | undefined, previewed: boolean): Pixels {
  const [progress, setProgress] = useState<Progress>();
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      setLate(true);
    }, PREVIEW_MS);
    return () => {
      clearTimeout(timer);
    };
  }, []);
  const isKnown = image !== undefined && loadedImage(image.sopInstanceUid) !== undefined;
  const query = useQuery({
    queryKey: ["pixels", image?.sopInstanceUid],
    queryFn: () =>
      image === undefined ? Promise.reject(new Error("no image")) : loadImage(image, setProgress),
    enabled: image !== undefined && (isKnown || previewed || late),
    staleTime: Infinity,
    gcTime: 0,
    // a busy node is asked again by itself; what else fails, a person asks for again
    retry: (count, error) => count < 2 && error instanceof ImageError && error.code === "busy",
    structuralSharing: false,
    refetchOnReconnect: false,
    networkMode: "always",
  });
  return { loaded: query.data, progress, error: query.error, retry: () => void query.refetch() };
}
