import { ImageError, refusal } from "../logic/errors";

export interface Progress {
  received: number;
  /** Bytes to come in all; an estimate for compressed pixels whose length the node does not say. */
  total: number;
}

export interface Frame {
  bytes: Uint8Array;
  transferSyntaxUid: string;
  uncompressed: boolean;
}

export const UNCOMPRESSED = "1.2.840.10008.1.2.1";

/** What the decoders of this browser read without loss; anything else comes uncompressed. */
const DECODED_HERE = new Set([
  "1.2.840.10008.1.2.5",
  "1.2.840.10008.1.2.4.57",
  "1.2.840.10008.1.2.4.70",
  "1.2.840.10008.1.2.4.80",
  "1.2.840.10008.1.2.4.90",
  "1.2.840.10008.1.2.4.201",
  "1.2.840.10008.1.2.4.202",
]);

/** Fetch the one frame of an image (PS3.18 10.4.1), as stored where the decoders here know its encoding. */
export async function fetchFrame(
  url: string,
  stored: string | undefined,
  expectedBytes: number,
  onProgress: (progress: Progress) => void,
): Promise<Frame> {
  const syntax = stored !== undefined && DECODED_HERE.has(stored) ? "*" : UNCOMPRESSED;
  const headers = { Accept: `multipart/related; type="application/octet-stream"; transfer-syntax=${syntax}` };
  const answer = await fetch(url, { headers, credentials: "same-origin" }).catch(() => {
    throw new ImageError("network");
  });
  if (!answer.ok) throw refusal(answer.status);
  const body = await readAll(answer, expectedBytes, onProgress);
  return part(body);
}

async function readAll(
  answer: Response,
  expectedBytes: number,
  onProgress: (progress: Progress) => void,
): Promise<Uint8Array> {
  if (answer.body === null) throw new ImageError("truncated");
  const total = Number(answer.headers.get("Content-Length")) || expectedBytes;
  const chunks: Uint8Array[] = [];
  let received = 0;
  const reader = answer.body.getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    chunks.push(step.value);
    received += step.value.length;
    onProgress({ received, total: Math.max(total, received) });
  }
  const body = new Uint8Array(received);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}

/** The only part of a multipart body (RFC 2046 5.1.1). */
export function part(body: Uint8Array): Frame {
  const headEnd = indexOf(body, "\r\n\r\n", 0);
  const head = new TextDecoder("latin1").decode(body.subarray(0, Math.max(headEnd, 0)));
  const boundary = head.split("\r\n").find((line) => line.startsWith("--"));
  const end = boundary === undefined ? -1 : lastIndexOf(body, `\r\n${boundary}`);
  if (headEnd < 0 || end < headEnd + 4) throw new ImageError("truncated");
  const transferSyntaxUid = /transfer-syntax="?([0-9.]+)/i.exec(head)?.[1] ?? UNCOMPRESSED;
  return {
    // a copy begins at an even address, which 16-bit cells need
    bytes: body.slice(headEnd + 4, end),
    transferSyntaxUid,
    uncompressed: transferSyntaxUid === UNCOMPRESSED,
  };
}

function matches(body: Uint8Array, wanted: string, at: number): boolean {
  for (let index = 0; index < wanted.length; index += 1) {
    if (body[at + index] !== wanted.charCodeAt(index)) return false;
  }
  return true;
}

function indexOf(body: Uint8Array, wanted: string, from: number): number {
  for (let at = from; at <= body.length - wanted.length; at += 1) if (matches(body, wanted, at)) return at;
  return -1;
}

function lastIndexOf(body: Uint8Array, wanted: string): number {
  for (let at = body.length - wanted.length; at >= 0; at -= 1) if (matches(body, wanted, at)) return at;
  return -1;
}
