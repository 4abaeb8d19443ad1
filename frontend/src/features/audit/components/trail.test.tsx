import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";

import { API } from "@/config/site";
import { renderPart, violations } from "@/testing/render";
import { server } from "@/testing/server";

import { Trail } from "./trail";

const row = {
  id: 9, at: "2026-11-02T09:00:00Z", actor_kind: "user", actor: "alice", actor_id: "7", token_id: "", address: "10.0.0.7", action: "R",
  event: "accessed", object_type: "study", object_id: "1.2.3", outcome: "refused", detail: {}, sequence: 9, hash: "ab",
};

function answer(count: number, asked: string[] = []) {
  server.use(
    http.get(`${API}/audit/events/`, ({ request }) => {
      asked.push(new URL(request.url).search);
      return HttpResponse.json({ count, next: null, previous: null, results: count === 0 ? [] : [row] });
    }),
  );
}

test("an event says who, what, which object and how it ended", async () => {
  answer(1);
  const { container } = renderPart(<Trail />);
  expect(await screen.findByRole("rowheader", { name: /alice/ })).toHaveTextContent("in a session, 10.0.0.7");
  expect(screen.getByRole("cell", { name: "Refused" })).toBeInTheDocument();
  expect(screen.getByRole("cell", { name: /1\.2\.3/ })).toBeInTheDocument();
  expect(await violations(container)).toEqual([]);
});

test("filters are asked of the node, pages begin anew with them, and the file has the same", async () => {
  const asked: string[] = [];
  answer(120, asked);
  const user = userEvent.setup();
  renderPart(<Trail />);
  await user.click(await screen.findByRole("button", { name: "Next page" }));
  await waitFor(() => {
    expect(asked.at(-1)).toBe("?limit=50&offset=50");
  });
  await user.type(screen.getByRole("searchbox"), "alice{Enter}");
  await user.selectOptions(screen.getByLabelText("Outcome"), "refused");
  await waitFor(() => {
    expect(asked.at(-1)).toBe("?search=alice&outcome=refused&limit=50&offset=0");
  });
  expect(await screen.findByRole("link", { name: "Download as CSV" })).toHaveAttribute(
    "href", `${API}/audit/events/?search=alice&outcome=refused&export=csv`,
  );
});

test("a broken chain is said with its place and what to do", async () => {
  answer(0);
  server.use(
    http.get(`${API}/audit/verification/`, () =>
      HttpResponse.json({ holds: false, first: 1, count: 3, head: 3, head_hash: "ab", broken_at: 4, reason: "The event is not the one that was written." }),
    ),
  );
  const user = userEvent.setup();
  renderPart(<Trail />);
  await user.click(screen.getByRole("button", { name: "Check the chain of hashes" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("The chain breaks at event 4");
  expect(screen.getByText("Nothing in the trail fits these filters. Take one away to see more.")).toBeInTheDocument();
});
