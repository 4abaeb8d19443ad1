import { useQuery } from "@tanstack/react-query";
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, test } from "vitest";

import { API } from "@/config/site";
import { renderPart, violations } from "@/testing/render";
import { server } from "@/testing/server";

import { studyOptions } from "../api/get-study";
import { reviewsOptions } from "../api/reviews";
import type { NewReview, Review, Study } from "../api/types";
import { EXAMPLE_STUDY } from "../testing/example-study";
import { Outcomes } from "./outcomes";
import { ReviewForm } from "./review-form";
import { ReviewHistory } from "./review-history";

const STUDIES = `${API}/studies/1.2.3`;

let study: Study;
let kept: Review[];

beforeEach(() => {
  study = EXAMPLE_STUDY;
  kept = [];
  server.use(
    http.get(`${STUDIES}/`, () => HttpResponse.json(study)),
    http.get(`${STUDIES}/reviews/`, () => HttpResponse.json({ results: kept, withheld: false })),
    http.post(`${STUDIES}/reviews/`, async ({ request }) => {
      const sent = (await request.json()) as NewReview;
      kept = [
        { ...sent, id: 1, reader: "Alice Reader", mine: true, round: 1, at: "2026-11-20T10:00:00Z", ai_was_hidden: study.ai_hidden === true },
      ]; // prettier-ignore
      study = { ...EXAMPLE_STUDY, reading: { state: "first", readers: ["Alice Reader"], open_kinds: ["reading"] } };
      return HttpResponse.json(kept[0], { status: 201 });
    }),
  );
});

function Part() {
  const found = useQuery(studyOptions("1.2.3"));
  const reviews = useQuery(reviewsOptions("1.2.3"));
  if (found.data === undefined || reviews.data === undefined) return null;
  return (
    <>
      <ReviewHistory reviews={reviews.data} reading={found.data.reading} images={found.data.images} />
      <ReviewForm study={found.data} drawn={[]} onDrawnChange={() => undefined} />
    </>
  );
}

test("what was said is sent once, and stands in the history with the reader's name", async () => {
  const user = userEvent.setup({ delay: null });
  const { container } = renderPart(<Part />);
  expect(await screen.findByText(/Nobody has read this study yet/)).toBeInTheDocument();
  const right = screen.getByRole("group", { name: "Right breast" });
  await user.selectOptions(within(right).getByLabelText("BI-RADS category"), "4A");
  await user.type(screen.getByLabelText("Comment"), "Same.");
  await user.click(screen.getByRole("button", { name: "Save review" }));
  const entry = await screen.findByTestId("review");
  expect(entry).toHaveTextContent(/Reading · Alice Reader · .*2026/);
  expect(entry).toHaveTextContent("Right breast · BI-RADS 4A");
  expect(await screen.findByText(/Read once. A second reader has to read it. Read by Alice Reader/)).toBeInTheDocument();
  expect(kept[0]?.breasts).toEqual([{ laterality: "R", agreement: "none", birads: "4A", density: null }]);
  expect(kept[0]).toMatchObject({ round: 1 });
  // the form is empty again: the same is not sent twice
  expect(screen.getByRole("button", { name: "Save review" })).toBeDisabled();
  expect(await violations(container)).toEqual([]);
});

test("while the AI is hidden there is a first impression only, and nothing to agree with", async () => {
  const image = { ...EXAMPLE_STUDY.images[0], marks: [] } as Study["images"][number];
  study = {
    ...EXAMPLE_STUDY,
    images: [image],
    ai_hidden: true,
    reading: { state: "none", readers: [], open_kinds: ["first-impression"] },
  };
  const user = userEvent.setup({ delay: null });
  renderPart(<Part />);
  await user.type(await screen.findByLabelText("Comment"), "Nothing seen.");
  expect(screen.queryByText("Agree")).not.toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "Save first impression" }));
  expect(await screen.findByTestId("review")).toHaveTextContent("The AI's results were hidden.");
  expect(kept[0]?.kind).toBe("first-impression");
  expect(await screen.findByRole("button", { name: "Save review" })).toBeInTheDocument();
});

test("a refusal is told in the node's words, the draft is kept, and the new state is read", async () => {
  server.use(
    http.post(`${STUDIES}/reviews/`, () => {
      study = { ...EXAMPLE_STUDY, reading: { state: "differs", readers: ["a", "b"], open_kinds: ["arbitration"] } };
      return HttpResponse.json({ detail: "Two readers differ. Record an arbitration." }, { status: 409 });
    }),
  );
  const user = userEvent.setup({ delay: null });
  renderPart(<Part />);
  await user.type(await screen.findByLabelText("Comment"), "Mine.");
  await user.click(screen.getByRole("button", { name: "Save review" }));
  expect(await screen.findByText("Two readers differ. Record an arbitration.")).toBeInTheDocument();
  expect(await screen.findByRole("form", { name: "Arbitration" })).toBeInTheDocument();
  expect(screen.getByLabelText("Comment")).toHaveValue("Mine.");
  expect(screen.getByTestId("reading-state")).toHaveTextContent("A third reader has to arbitrate");
});

test("who may add nothing is told so", async () => {
  study = { ...EXAMPLE_STUDY, reading: { state: "second", readers: ["a", "b"], open_kinds: [] } };
  renderPart(<Part />);
  expect(await screen.findByText(/You have nothing to add here/)).toBeInTheDocument();
  expect(screen.queryByRole("form")).not.toBeInTheDocument();
});

test("an outcome says when it happened, and is listed with who entered it", async () => {
  const entries: object[] = [];
  server.use(
    http.get(`${STUDIES}/outcomes/`, () => HttpResponse.json({ results: entries, withheld: false })),
    http.post(`${STUDIES}/outcomes/`, async ({ request }) => {
      const sent = (await request.json()) as object;
      expect(sent).toEqual({ kind: "recall", laterality: "R", happened_on: "2026-11-02", text: "" });
      entries.push({ ...sent, id: 1, entered_by: "Alice Reader", at: "2026-11-20T10:00:00Z" });
      return HttpResponse.json(entries[0], { status: 201 });
    }),
  );
  const user = userEvent.setup({ delay: null });
  renderPart(<Outcomes uid="1.2.3" mayEnter />);
  await user.selectOptions(await screen.findByLabelText("Breast"), "R");
  const day = screen.getByLabelText(/Date/);
  await user.clear(day);
  await user.type(day, "2026-11-02");
  await user.click(screen.getByRole("button", { name: "Add outcome" }));
  await waitFor(() => {
    expect(screen.getByTestId("outcome")).toHaveTextContent(/Recalled for assessment · Right breast · .*entered by Alice Reader/);
  });
});

test("what others entered is said to be withheld from the second reader", async () => {
  server.use(http.get(`${STUDIES}/outcomes/`, () => HttpResponse.json({ results: [], withheld: true })));
  renderPart(<Outcomes uid="1.2.3" mayEnter={false} />);
  expect(await screen.findByText(/Others have spoken/)).toBeInTheDocument();
});
