import type { Result } from "./api/result";
import { BusyError, sendUpload, type Fields } from "./api/send-upload";

export const AT_ONCE = 2;
export const TRIES = 4;
const LONGEST_WAIT_SECONDS = 120;
// what every browser shows; of a TIFF or a DICOM file there is only the node's own picture
const SHOWN = ["image/png", "image/jpeg"];

export type State = "waiting" | "sending" | "scoring" | "paused" | "done" | "refused" | "cancelled";

export interface Item {
  key: string;
  file: File;
  fields: Fields;
  state: State;
  share: number;
  tries: number;
  preview: string | null;
  resumesAt: number | null;
  result: Result | null;
  error: unknown;
}

const ENDED: readonly State[] = ["done", "refused", "cancelled"];

export function hasEnded(item: Item): boolean {
  return ENDED.includes(item.state);
}

/** A random name; crypto.randomUUID is missing where the portal is served without TLS. */
function freshKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The uploads of one screen: two travel at once, the rest wait; a busy node is asked again when it said. */
export class UploadQueue {
  private items: readonly Item[] = [];
  private readonly listeners = new Set<() => void>();
  private readonly aborts = new Map<string, () => void>();
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly onDone: (result: Result) => void;

  constructor(onDone: (result: Result) => void) {
    this.onDone = onDone;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): readonly Item[] => this.items;

  add(files: readonly File[], fields: Fields): void {
    const fresh = files.map((file): Item => {
      const preview = SHOWN.includes(file.type) ? URL.createObjectURL(file) : null;
      const start = { state: "waiting", share: 0, tries: 0, resumesAt: null, result: null, error: null } as const;
      return { key: freshKey(), file, fields, preview, ...start };
    });
    this.set([...this.items, ...fresh]);
    this.startNext();
  }

  cancel(key: string): void {
    this.halt(key);
    this.change(key, { state: "cancelled", resumesAt: null });
    this.startNext();
  }

  retry(key: string): void {
    this.halt(key);
    this.change(key, { state: "waiting", share: 0, tries: 0, resumesAt: null, error: null });
    this.startNext();
  }

  remove(key: string): void {
    this.halt(key);
    const gone = this.items.find((item) => item.key === key);
    if (gone?.preview) URL.revokeObjectURL(gone.preview);
    this.set(this.items.filter((item) => item.key !== key));
    this.startNext();
  }

  /** Leave the screen: what travels is cut off, pictures are let go. */
  stop(): void {
    for (const item of this.items) {
      this.halt(item.key);
      if (item.preview) URL.revokeObjectURL(item.preview);
    }
    this.set([]);
  }

  private set(items: readonly Item[]): void {
    this.items = items;
    for (const listener of this.listeners) listener();
  }

  private change(key: string, to: Partial<Item>): void {
    this.set(this.items.map((item) => (item.key === key ? { ...item, ...to } : item)));
  }

  private halt(key: string): void {
    clearTimeout(this.timers.get(key));
    this.timers.delete(key);
    const abort = this.aborts.get(key);
    this.aborts.delete(key);
    abort?.();
  }

  private startNext(): void {
    while (this.aborts.size < AT_ONCE) {
      const next = this.items.find((item) => item.state === "waiting");
      if (next === undefined) return;
      void this.run(next);
    }
  }

  private async run({ key, file, fields, tries }: Item): Promise<void> {
    const sending = sendUpload({
      file,
      fields,
      key,
      onProgress: (share) => {
        this.change(key, { share });
      },
      onSent: () => {
        this.change(key, { state: "scoring", share: 1 });
      },
    });
    this.aborts.set(key, sending.abort);
    this.change(key, { state: "sending", share: 0, tries: tries + 1 });
    // a try that was halted has no say any more: another one may be under way
    const isCurrent = () => this.aborts.get(key) === sending.abort;
    try {
      const result = await sending.done;
      if (!isCurrent()) return;
      this.change(key, { state: "done", result });
      this.onDone(result);
    } catch (error) {
      if (!isCurrent()) return;
      this.fail(key, error, tries + 1);
    }
    this.aborts.delete(key);
    this.startNext();
  }

  private fail(key: string, error: unknown, tries: number): void {
    const mayWait = error instanceof BusyError && tries < TRIES && error.retryAfterSeconds <= LONGEST_WAIT_SECONDS;
    if (!mayWait) {
      this.change(key, { state: "refused", error });
      return;
    }
    const wait = error.retryAfterSeconds * 1000;
    this.change(key, { state: "paused", error, resumesAt: Date.now() + wait });
    const resume = () => {
      this.timers.delete(key);
      this.change(key, { state: "waiting", resumesAt: null });
      this.startNext();
    };
    this.timers.set(key, setTimeout(resume, wait));
  }
}
