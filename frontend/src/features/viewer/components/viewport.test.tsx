import { act, screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";

import { renderPart } from "@/testing/render";
import { server } from "@/testing/server";

import { viewerImage, type ViewerImage } from "../engine/viewer-image";
import type { DicomHeader } from "../logic/dicom-json";

import { Viewer } from "./viewer";

const FRAME = "/dicom-web/studies/1.2/series/1.2.1/instances/1.2.1.1/frames/1";

function imageOf(rows: number, columns: number): ViewerImage {
  const header: DicomHeader = {
    "0020000D": { vr: "UI", Value: ["1.2"] },
    "0020000E": { vr: "UI", Value: ["1.2.1"] },
    "00080018": { vr: "UI", Value: ["1.2.1.1"] },
    "00280002": { vr: "US", Value: [1] },
    "00280004": { vr: "CS", Value: ["MONOCHROME2"] },
    "00280010": { vr: "US", Value: [rows] },
    "00280011": { vr: "US", Value: [columns] },
    "00280100": { vr: "US", Value: [16] },
    "00280101": { vr: "US", Value: [12] },
    "00280102": { vr: "US", Value: [11] },
    "00280103": { vr: "US", Value: [0] },
    "00200062": { vr: "CS", Value: ["R"] },
    "00185101": { vr: "CS", Value: ["CC"] },
  };
  const image = viewerImage(header);
  if (image === undefined) throw new Error("The header of the test is no image's.");
  return image;
}

function show() {
  const none = { prior: [], findings: new Map(), aiHidden: false, drawn: [], onDraw: undefined };
  renderPart(<Viewer images={[imageOf(10, 5)]} {...none} />);
}

test.each([
  [410, /file of this image is not in the archive any more.*PACS that sent it/, false, 1],
  [404, /does not have this image, or not for your account/, false, 1],
  [503, /cannot give this image at the moment. Wait a minute/, true, 3],
  [500, /did not give the image.*500/, true, 1],
])("a refused frame (%i) is told in its place, in plain words", async (status, sentence, mayRetry, times) => {
  let asked = 0;
  server.use(
    http.get(FRAME, () => {
      asked += 1;
      return new HttpResponse(null, { status });
    }),
  );
  show();
  const alert = await screen.findByRole("alert");
  expect(alert).toHaveTextContent(sentence);
  expect(asked).toBe(times);
  expect(within(alert).queryByRole("button", { name: "Try again" }) !== null).toBe(mayRetry);
  expect(screen.queryByRole("progressbar")).toBeNull();
  expect(screen.getByText("No image of L CC in this study")).toBeInTheDocument();
});

test("a slow image shows that it is waited for, and then how much has come", async () => {
  let pieces: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      pieces = controller;
    },
  });
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  server.use(
    http.get(FRAME, async () => {
      await begun;
      return new HttpResponse(body, { headers: { "Content-Length": "100" } });
    }),
  );
  show();
  const bar = await screen.findByRole("progressbar", { name: "Loading the full data of R CC" });
  expect(bar).not.toHaveAttribute("aria-valuenow");
  expect(screen.getByText("Preview; full data are loading")).toBeInTheDocument();
  begin();
  act(() => {
    pieces?.enqueue(new Uint8Array(25));
  });
  await waitFor(() => {
    expect(bar).toHaveAttribute("aria-valuenow", "25");
  });
  expect(screen.getByText("Preview; full data are loading: 25 %")).toBeInTheDocument();
  act(() => {
    pieces?.enqueue(new Uint8Array(50));
  });
  await waitFor(() => {
    expect(bar).toHaveAttribute("aria-valuenow", "75");
  });
  act(() => {
    pieces?.close();
  });
  expect(await screen.findByRole("alert")).toHaveTextContent("The image data are incomplete.");
  expect(screen.queryByRole("progressbar")).toBeNull();
});
