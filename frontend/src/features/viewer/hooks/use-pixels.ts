import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import type { Progress } from "../engine/frame";
import { loadImage } from "../engine/load-image";
import type { LoadedImage } from "../engine/pixel-store";
import type { ViewerImage } from "../engine/viewer-image";
import { ImageError } from "../logic/errors";

export interface Pixels {
  loaded: LoadedImage | undefined;
  progress: Progress | undefined;
  error: Error | null;
  retry: () => void;
}

/** The full data of an image, with the progress of their coming. */
export function usePixels(image: ViewerImage | undefined): Pixels {
  const [progress, setProgress] = useState<Progress>();
  const query = useQuery({
    queryKey: ["pixels", image?.sopInstanceUid],
    queryFn: () =>
      image === undefined ? Promise.reject(new Error("no image")) : loadImage(image, setProgress),
    enabled: image !== undefined,
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
