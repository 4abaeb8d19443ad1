import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { delay, http, HttpResponse } from "msw";
import { beforeAll, expect, test } from "vitest";

import { renderPart, violations } from "@/testing/render";
import { server } from "@/testing/server";

import { UPLOADS, type Result } from "../api/result";
import { Upload } from "./upload";

const result: Result = {
  prediction: "Malignant",
  confidence: 0.8125,
  malignancy_probability: 0.8125,
  id: 7,
  operating_point: { name: "balanced", threshold: 0.41 },
  model: { name: "mammonode-cnn", version: "3.1.0", sha256: "ab" },
  latency_ms: 120,
  image_format: "PNG",
  laterality: "L",
  view: "MLO",
  heatmap: "http://elsewhere.test/api/v1/diagnosis/7/heatmap.png",
  report: "http://elsewhere.test/api/v1/diagnosis/7/report.pdf",
  study_instance_uid: null,
  assessment: null,
  warnings: ["The image is small."],
  created_at: "2026-11-20T10:00:00+00:00",
  research_use_only: true,
};
const page = (results: Result[]) => HttpResponse.json({ count: results.length, next: null, previous: null, results });
const png = (name: string) => new File(["pixels"], name, { type: "image/png" });

beforeAll(() => {
  // jsdom has no addresses for local files
  URL.createObjectURL = () => "blob:http://localhost/picture";
  URL.revokeObjectURL = () => undefined;
});

async function choose(...files: File[]) {
  const user = userEvent.setup();
  const { container } = renderPart(<Upload />);
  await screen.findByRole("button", { name: "Choose files" });
  const input = container.querySelector<HTMLInputElement>('input[type="file"]');
  if (input === null) throw new Error("There is no field for files.");
  await user.upload(input, files);
  return { user, container };
}

test("an uploaded image shows its result, its heat map beside it, and that it is no diagnosis", async () => {
  server.use(http.get(UPLOADS, () => page([])), http.post(UPLOADS, () => HttpResponse.json(result)));
  const { container } = await choose(png("left.png"));
  const card = await screen.findByRole("article", { name: "left.png" });
  expect(await within(card).findByText("Malignant")).toBeVisible();
  expect(within(card).getAllByText("81.3%")).toHaveLength(2);
  expect(within(card).getByText("balanced: malignant from 41.0% on")).toBeVisible();
  expect(within(card).getByText("mammonode-cnn 3.1.0")).toBeVisible();
  expect(within(card).getByText("The image is small.")).toBeVisible();
  expect(within(card).getByText(/Research use only/)).toBeVisible();
  expect(within(card).getByAltText(/Heat map/)).toHaveAttribute("src", "/api/v1/diagnosis/7/heatmap.png");
  expect(within(card).getByAltText(/as you chose it/)).toHaveAttribute("src", "blob:http://localhost/picture");
  expect(within(card).getByRole("link", { name: /Report/ })).toHaveAttribute("href", "/api/v1/diagnosis/7/report.pdf");
  expect(await violations(container)).toEqual([]);
});

test("a refused file says why and what to do", async () => {
  const detail = "The file is no image. Please export the mammogram as PNG.";
  server.use(http.get(UPLOADS, () => page([])), http.post(UPLOADS, () => HttpResponse.json({ detail }, { status: 415 })));
  const { container } = await choose(new File(["words"], "letter.doc"));
  expect(await screen.findByRole("alert")).toHaveTextContent(detail);
  expect(screen.getByRole("button", { name: "Try again: letter.doc" })).toBeEnabled();
  expect(await violations(container)).toEqual([]);
});

test("a busy node is asked again when it said, as the same upload", async () => {
  const keys: (string | null)[] = [];
  server.use(
    http.get(UPLOADS, () => page([])),
    http.post(UPLOADS, ({ request }) => {
      keys.push(request.headers.get("Idempotency-Key"));
      if (keys.length > 1) return HttpResponse.json(result);
      return HttpResponse.json({ detail: "Too many at once." }, { status: 503, headers: { "Retry-After": "1" } });
    }),
  );
  await choose(png("left.png"));
  expect(await screen.findByText("The node is busy. It is asked again in 1 second.")).toBeVisible();
  expect(await screen.findByRole("link", { name: /Report/ }, { timeout: 4000 })).toBeVisible();
  expect(keys).toHaveLength(2);
  expect(keys[0]).toBe(keys[1]);
});

test("two files travel at once, and a cancelled one makes room for the third", async () => {
  let arrived = 0;
  server.use(
    http.get(UPLOADS, () => page([])),
    http.post(UPLOADS, async () => {
      arrived += 1;
      await delay("infinite");
    }),
  );
  const { user } = await choose(png("one.png"), png("two.png"), png("three.png"));
  const third = await screen.findByRole("article", { name: "three.png" });
  await waitFor(() => {
    expect(arrived).toBe(2);
  });
  expect(within(third).getByText("Waiting for its turn")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Cancel one.png" }));
  await waitFor(() => {
    expect(arrived).toBe(3);
  });
  expect(screen.getByText("Cancelled")).toBeVisible();
});

test("an unreachable node is told apart from a refusal", async () => {
  server.use(http.get(UPLOADS, () => page([])), http.post(UPLOADS, () => HttpResponse.error()));
  await choose(png("left.png"));
  expect(await screen.findByRole("alert")).toHaveTextContent("The node could not be reached");
});

test("the history asks only for filters that are set, and opens a result", async () => {
  const asked: string[] = [];
  server.use(
    http.get(UPLOADS, ({ request }) => {
      asked.push(new URL(request.url).search);
      return page([result]);
    }),
    http.get(`${UPLOADS}7/`, () => HttpResponse.json(result)),
  );
  const user = userEvent.setup();
  renderPart(<Upload />);
  expect(await screen.findByText("1 upload")).toBeVisible();
  expect(asked).toEqual(["?limit=20&offset=0"]);
  await user.selectOptions(screen.getByLabelText("Prediction"), "Malignant");
  await waitFor(() => {
    expect(asked.at(-1)).toBe("?limit=20&offset=0&prediction=Malignant");
  });
  await user.click(screen.getByRole("button", { name: /Open the result of upload 7/ }));
  const dialog = await screen.findByRole("dialog");
  expect(await within(dialog).findByText("mammonode-cnn 3.1.0")).toBeVisible();
  expect(await violations(dialog)).toEqual([]);
});
