import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { Route, Routes } from "react-router";
import { expect, test } from "vitest";

import { API } from "@/config/site";
import { EXAMPLE_STUDY } from "@/features/study/testing/example-study";
import { renderPart, violations } from "@/testing/render";
import { server } from "@/testing/server";

import StudyRoute from "./study";

const HTML_URL = `${API}/studies/1.2.3/reports/1.2.9/`;
const REPORT = {
  sop_instance_uid: "1.2.9", kind: "MEASUREMENT", round: 1, created_at: "2026-11-20T10:00:00Z", source_sop_instance_uid: null,
  html_url: HTML_URL, dicom_url: `${API}/studies/1.2.3/reports/1.2.9.dcm`, path: "report.dcm",
} as const; // prettier-ignore
const RECEIVED = { event: "received", at: "2026-11-20T09:00:00Z", round: null, detail: "4 images", attempts: null, error: null };
const STUDY = { ...EXAMPLE_STUDY, reports: [REPORT], timeline: [RECEIVED] };

/** A node that has the study and its report, and answers with this status where the images are asked for. */
function node(status: number) {
  const asked = { images: 0 };
  server.use(
    http.get(`${API}/studies/1.2.3/`, () => HttpResponse.json(STUDY)),
    http.get(`${API}/studies/1.2.3/reviews/`, () => HttpResponse.json({ results: [], withheld: false })),
    http.get(`${API}/studies/1.2.3/outcomes/`, () => HttpResponse.json({ results: [] })),
    http.get(HTML_URL, () => HttpResponse.json({ title: "Mammography report", items: [] })),
    http.get("/dicom-web/studies/1.2.3/metadata", () => {
      asked.images += 1;
      return HttpResponse.json({ title: "No", status, detail: "No." }, { status });
    }),
  );
  return asked;
}

function open() {
  return renderPart(
    <Routes>
      <Route path="/studies/:studyInstanceUid" element={<StudyRoute />} />
    </Routes>,
    "/studies/1.2.3",
  );
}

test("files that are gone are said to be gone, and results, reports and timeline stay of use", async () => {
  const asked = node(410);
  const user = userEvent.setup({ delay: null });
  const { container } = open();
  const alert = await screen.findByRole("alert");
  expect(alert).toHaveTextContent(/not in the archive of this node any more.*PACS that sent them/);
  expect(alert).toHaveTextContent("Results, reports and timeline of the study are shown all the same.");
  // what is gone stays gone
  expect(within(alert).queryByRole("button")).toBeNull();
  expect(asked.images).toBe(1);
  expect(screen.getByTestId("study-probability")).toHaveTextContent("80.0%");
  await user.click(screen.getByRole("button", { name: "Reports" }));
  await user.click(await screen.findByRole("button", { name: /^Read: Measurement report/ }));
  expect(await screen.findByText("Mammography report")).toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "Timeline" }));
  expect(await screen.findByText("4 images")).toBeInTheDocument();
  expect(await violations(container)).toEqual([]);
});

test("images that the account has not are said to be missing", async () => {
  node(404);
  open();
  const alert = await screen.findByRole("alert");
  expect(alert).toHaveTextContent(/no images of this study for your account/);
  expect(within(alert).queryByRole("button")).toBeNull();
  expect(screen.getByTestId("study-probability")).toBeInTheDocument();
});

test("a node that is busy is asked again, by itself and by a button", async () => {
  const asked = node(503);
  const user = userEvent.setup({ delay: null });
  open();
  const alert = await screen.findByRole("alert");
  expect(alert).toHaveTextContent(/cannot give the images at the moment. Wait a minute/);
  expect(asked.images).toBe(3);
  server.use(http.get("/dicom-web/studies/1.2.3/metadata", () => new HttpResponse(null, { status: 204 })));
  await user.click(within(alert).getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("This study has no images yet.")).toBeInTheDocument();
  expect(screen.queryByText("The images cannot be shown")).toBeNull();
});

test("another refusal is told with its number", async () => {
  node(500);
  open();
  expect(await screen.findByRole("alert")).toHaveTextContent(/did not give the images.*\(HTTP status 500\)/);
});
