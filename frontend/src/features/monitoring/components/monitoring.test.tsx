import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeAll, expect, test } from "vitest";

import { API } from "@/config/site";
import { renderPart, violations } from "@/testing/render";
import { server } from "@/testing/server";

import type { Overview, Proportion } from "../api/get-overview";
import { Monitoring } from "./monitoring";

const OVERVIEW = `${API}/monitoring/overview/`;
const nothing: Proportion = { hits: 0, total: 0, value: null, interval: [0, 1] };
const half: Proportion = { hits: 1, total: 2, value: 0.5, interval: [0.0945, 0.9055] };

const fresh: Overview = {
  at: "2026-11-20T15:00:00Z",
  days: 30,
  canary: {
    state: "never", stage: "", reason: "", ended_at: null, age_seconds: null, seconds: null, last_passed_at: null, every_seconds: 3600,
  },
  ai: { paused: false, since: null, reason: "" },
  queue: { receiving: 0, waiting: 0, suspended: 0, oldest_seconds: null },
  disk: null,
  alerts: [],
  destinations: [],
  volumes: [{ day: "2026-11-20", received: 0, analysed: 0, not_analysed: 0, failed: 0, uploads: 0 }],
  reasons: [],
  stages: [],
  scores: [{ low: 0, high: 1, studies: 0, called_malignant: 0 }],
  live: [{
    group: "all", studies: 0, recall_rate: nothing, agreement: nothing, positive_predictive_value: nothing, sensitivity: nothing,
    specificity: nothing,
  }],
  readers: nothing,
  evaluation: [],
  drift: [],
};

const busy: Overview = {
  ...fresh,
  canary: {
    ...fresh.canary, state: "failed", stage: "infer", reason: "No score came.", ended_at: "2026-11-20T14:48:00Z", age_seconds: 720,
    seconds: 4.5,
  },
  ai: { paused: true, since: "2026-11-20T14:00:00Z", reason: "The scores look wrong." },
  queue: { receiving: 1, waiting: 12, suspended: 2, oldest_seconds: 90 },
  disk: { free_bytes: 40e9, total_bytes: 100e9, percent: 40 },
  alerts: [{
    rule: "disk_low", severity: "CRITICAL", subject: "", text: "The disk is full.", raised_at: "2026-11-20T14:50:00Z",
    acknowledged_at: null,
  }],
  destinations: [{ destination: "PACS@10.0.0.1:104", waiting: 3, failed: 1 }],
  volumes: [
    { day: "2026-11-19", received: 5, analysed: 3, not_analysed: 1, failed: 1, uploads: 2 },
    { day: "2026-11-20", received: 7, analysed: 7, not_analysed: 0, failed: 0, uploads: 0 },
  ],
  reasons: [{ reason: "UNLIKE_MAMMOGRAM", images: 4 }],
  stages: [{ stage: "infer", count: 10, p50_ms: 850, p95_ms: 1500, p99_ms: 90_000 }],
  scores: [
    { low: 0, high: 0.5, studies: 6, called_malignant: 0 },
    { low: 0.5, high: 1, studies: 4, called_malignant: 3 },
  ],
  live: [{
    group: "all", studies: 2, recall_rate: half, agreement: half, positive_predictive_value: half, sensitivity: half, specificity: nothing,
  }],
  readers: { hits: 9, total: 10, value: 0.9, interval: [0.596, 0.982] },
  evaluation: [{ name: "official test patient auroc", value: "0.763 (0.693 to 0.826)" }],
  drift: [{
    at: "2026-11-20T12:00:00Z", group: "all devices", measure: "score", psi: 0.3, p_value: 0.0001, reference_count: 100,
    recent_count: 50, moved: true,
  }],
};

beforeAll(() => {
  // jsdom lays nothing out: charts need a size to draw in
  Element.prototype.getBoundingClientRect = () => new DOMRect(0, 0, 600, 240);
});

function answer(body: Overview) {
  server.use(http.get(OVERVIEW, () => HttpResponse.json(body)));
}

async function cells(table: string): Promise<string[][]> {
  const found = await screen.findByRole("table", { name: table, hidden: true });
  return within(found).getAllByRole("row", { hidden: true }).slice(1)
    .map((row) => [...row.querySelectorAll("th, td")].map((cell) => cell.textContent));
}

test("the canary comes first, in words, with where and why it failed", async () => {
  answer(busy);
  const { container } = renderPart(<Monitoring />);
  const headings = await screen.findAllByRole("heading", { level: 2 });
  expect(headings[0]).toHaveTextContent("The last test study failed");
  expect(screen.getByText("At AI: No score came.")).toBeVisible();
  expect(screen.getByText(/Ended 12 minutes ago/)).toHaveTextContent("took 4.5 s");
  expect(screen.getByText(/The scores look wrong/)).toBeVisible();
  expect(screen.getByText("The oldest for 1.5 min")).toBeVisible();
  expect(screen.getByText("PACS@10.0.0.1:104: 3 waiting, 1 failed")).toBeVisible();
  expect(await violations(container)).toEqual([]);
});

test("every chart has its numbers in a table", async () => {
  answer(busy);
  renderPart(<Monitoring />);
  expect(await cells("Arrivals by day")).toEqual([["Nov 20, 2026", "7", "0"], ["Nov 19, 2026", "5", "2"]]);
  expect(await cells("Analyses by day")).toEqual([["Nov 20, 2026", "7", "0", "0"], ["Nov 19, 2026", "3", "1", "1"]]);
  expect(await cells("Why images were not analysed")).toEqual([["UNLIKE_MAMMOGRAM", "4"]]);
  expect(await cells("Time by stage")).toEqual([["AI", "10", "850 ms", "1.5 s", "1.5 min"]]);
  expect(await cells("Score distribution")).toEqual([["0–50%", "6", "0", "60.0%"], ["50–100%", "4", "3", "40.0%"]]);
  expect(await cells("Open alerts, critical ones first")).toEqual([["The disk is full.", "Critical", expect.any(String), "No"]]);
  expect(await cells("How far scores and inputs have moved")).toEqual([["Scores: all devices", "Moved", "0.3", "< 0.001", "50 / 100"]]);
});

test("charts draw a bar for every number that is not 0, and are one picture to a screen reader", async () => {
  answer(busy);
  const { container } = renderPart(<Monitoring />);
  const chart = await screen.findByRole("img", { name: /^Analyses by day: a chart/ });
  await waitFor(() => {
    expect(chart.querySelectorAll("path.recharts-rectangle")).toHaveLength(4);
  }, { timeout: 15_000 });
  expect(screen.getAllByRole("img")).toHaveLength(4);
  expect(await violations(container)).toEqual([]);
});

test("performance is a value with interval and count, or said not to be measured", async () => {
  answer(busy);
  renderPart(<Monitoring />);
  const rows = await cells("Measured at this node");
  expect(rows.map((row) => row.slice(0, 2))).toEqual([
    ["Agreement with the recall decision", "50.0% (9.5% to 90.6%), 1 of 2"],
    ["Called malignant", "50.0% (9.5% to 90.6%), 1 of 2"],
    ["Sensitivity", "50.0% (9.5% to 90.6%), 1 of 2"],
    ["Specificity", "Not measured"],
    ["Positive predictive value", "50.0% (9.5% to 90.6%), 1 of 2"],
    ["Readers agree with the AI (breasts, this period)", "90.0% (59.6% to 98.2%), 9 of 10"],
  ]);
});

test("a fresh node says so instead of showing empty charts", async () => {
  answer(fresh);
  const { container } = renderPart(<Monitoring />);
  expect(await screen.findByText("Nothing came in this period")).toBeVisible();
  expect(screen.getByRole("heading", { name: "No test study has come through yet" })).toBeVisible();
  expect(screen.getByText(/no outcomes entered/)).toBeVisible();
  expect(screen.getByText("No alert is open.")).toBeVisible();
  expect(screen.queryByRole("img")).not.toBeInTheDocument();
  expect(await violations(container)).toEqual([]);
});

test("another period is asked of the node, in the background", async () => {
  const asked: string[] = [];
  server.use(
    http.get(OVERVIEW, ({ request }) => {
      asked.push(new URL(request.url).search);
      expect(request.headers.get("X-Background")).toBe("1");
      return HttpResponse.json(busy);
    }),
  );
  renderPart(<Monitoring />, "/monitoring?days=7");
  await userEvent.click(await screen.findByRole("radio", { name: "90 days" }));
  await waitFor(() => {
    expect(asked).toEqual(["?days=7", "?days=90"]);
  });
});

test("a refusal and a silent node say what to do", async () => {
  server.use(http.get(OVERVIEW, () => HttpResponse.json({ detail: "Not for radiologists." }, { status: 403 })));
  renderPart(<Monitoring />);
  expect(await screen.findByRole("alert")).toHaveTextContent("Not for radiologists.");
  server.use(http.get(OVERVIEW, () => HttpResponse.error()));
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("No connection")).toBeVisible();
});
