import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";

import { API } from "@/config/site";
import { renderPart, violations } from "@/testing/render";
import { server } from "@/testing/server";

import { Worklist } from "./worklist";

const row = {
  study_instance_uid: "1.2.3",
  state: "FAILED",
  patient_id: "P-7",
  patient_name: "Phantom^Anna",
  accession_number: "ACC-7",
  site: { id: 1, name: "North" },
  study_date: "2026-11-02",
  created_at: "2026-11-02T09:00:00Z",
  images: 4,
  analysed_images: 3,
  probability: 0.42,
  prediction: "Benign",
  operating_point_reached: false,
  failure: { stage: "send", reason: "The PACS refused it." },
  review: { state: "none", readers: [] },
};

function show() {
  return renderPart(<Worklist sites={[]} firstOrdering="failures" mayOrderByPriority={false} />);
}

test("a study shows its state in words, why it failed, and leads to its screen", async () => {
  server.use(http.get(`${API}/studies/`, () => HttpResponse.json({ count: 1, results: [row] })));
  const { container } = show();
  expect(await screen.findByRole("link", { name: "Phantom Anna" })).toHaveAttribute("href", "/studies/1.2.3");
  expect(screen.getByText("send: The PACS refused it.")).toBeInTheDocument();
  expect(screen.queryByRole("option", { name: /AI score/ })).not.toBeInTheDocument();
  expect(await violations(container)).toEqual([]);
});

test("filters, order and pages are asked of the node, in the background", async () => {
  const asked: string[] = [];
  server.use(
    http.get(`${API}/studies/`, ({ request }) => {
      asked.push(new URL(request.url).search);
      expect(request.headers.get("X-Background")).toBe("1");
      return HttpResponse.json({ count: 120, results: [row] });
    }),
  );
  const user = userEvent.setup();
  show();
  await user.click(await screen.findByRole("button", { name: "Next page" }));
  await waitFor(() => {
    expect(asked.at(-1)).toBe("?ordering=failures&page=2&page_size=50");
  });
  await user.selectOptions(screen.getByLabelText("State"), "FAILED");
  await user.type(screen.getByRole("searchbox"), "ACC-7");
  await waitFor(() => {
    expect(asked.at(-1)).toBe("?ordering=failures&page=1&page_size=50&state=FAILED&search=ACC-7");
  });
});

test("a refusal says why, and an empty list what to do", async () => {
  server.use(http.get(`${API}/studies/`, () => HttpResponse.json({ detail: "Not for auditors." }, { status: 403 })));
  show();
  expect(await screen.findByRole("alert")).toHaveTextContent("Not for auditors.");
  server.use(http.get(`${API}/studies/`, () => HttpResponse.json({ count: 0, results: [] })));
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("No studies here")).toBeInTheDocument();
});
