import { writingHeaders } from "@/lib/api-client";
import { ApiError, OfflineError, sentenceOf } from "@/lib/api-error";

import { UPLOADS, type Result } from "./result";

export interface Fields {
  laterality: "" | "L" | "R";
  view: "" | "CC" | "MLO";
  store: boolean;
}

export interface Sending {
  file: File;
  fields: Fields;
  /** The same for every try of one upload, so that a repeated try is not a second upload. */
  key: string;
  onProgress: (share: number) => void;
  onSent: () => void;
}

/** The node is busy and says when to come back. */
export class BusyError extends ApiError {
  readonly retryAfterSeconds: number;

  constructor(status: number, detail: string, retryAfterSeconds: number) {
    super(status, detail);
    this.name = "BusyError";
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

function bodyOf(request: XMLHttpRequest): unknown {
  try {
    return JSON.parse(request.responseText) as unknown;
  } catch {
    return null;
  }
}

function failureOf(request: XMLHttpRequest): ApiError {
  const body = bodyOf(request);
  const seconds = Number(request.getResponseHeader("Retry-After") ?? Number.NaN);
  const isBusy = (request.status === 503 || request.status === 429) && Number.isFinite(seconds);
  if (isBusy) return new BusyError(request.status, sentenceOf(body), Math.max(0, seconds));
  return new ApiError(request.status, sentenceOf(body), body);
}

function formOf(file: File, fields: Fields): FormData {
  const form = new FormData();
  if (fields.laterality !== "") form.append("laterality", fields.laterality);
  if (fields.view !== "") form.append("view", fields.view);
  if (fields.store) form.append("store", "true");
  form.append("image", file, file.name);
  return form;
}

/** Send one image; `done` fails with ApiError, BusyError or OfflineError. Only XMLHttpRequest tells how much has gone. */
export function sendUpload({ file, fields, key, onProgress, onSent }: Sending): { done: Promise<Result>; abort: () => void } {
  const request = new XMLHttpRequest();
  const done = new Promise<Result>((resolve, reject) => {
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) onProgress(event.loaded / event.total);
    };
    request.upload.onload = onSent;
    request.onerror = () => {
      reject(new OfflineError());
    };
    request.onabort = () => {
      reject(new DOMException("The upload was cancelled.", "AbortError"));
    };
    request.onload = () => {
      const body = bodyOf(request);
      if (request.status === 200 && body !== null) resolve(body as Result);
      else reject(failureOf(request));
    };
    request.open("POST", UPLOADS);
    const headers = { Accept: "application/json", "Idempotency-Key": key, ...writingHeaders() };
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.send(formOf(file, fields));
  });
  return {
    done,
    abort: () => {
      request.abort();
    },
  };
}
