import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, test, vi } from "vitest";

import { API } from "@/config/site";
import { renderPart, violations } from "@/testing/render";
import { server } from "@/testing/server";

import type { Me } from "../api/get-me";

import { TimeOutWarning } from "./time-out-warning";

function ending(seconds: number): Me {
  const at = new Date(Date.now() + seconds * 1000).toISOString();
  const later = new Date(Date.now() + 3_600_000).toISOString();
  return {
    username: "alice",
    full_name: "",
    roles: ["radiologist"],
    sites: [],
    idle_seconds: 900,
    expires_at: later,
    idle_expires_at: at,
    second_factor: { enabled: false, required: false },
    settings: { ai_after_first_impression: false, second_reading: false, sort_by_priority: false },
  };
}

test("who wants to stay and cannot is told so", async () => {
  server.use(
    http.get(`${API}/accounts/me/`, () => HttpResponse.json(ending(40))),
    http.post(`${API}/accounts/extend/`, () => HttpResponse.error()),
  );
  const timedOut = vi.fn();
  renderPart(<TimeOutWarning me={ending(40)} onTimeOut={timedOut} />);
  const stay = await screen.findByRole("button", { name: "Stay signed in" }, { timeout: 4000 });
  expect(screen.queryByRole("alert")).toBeNull();
  await userEvent.setup().click(stay);
  expect(await screen.findByRole("alert")).toHaveTextContent("The node did not answer.");
  expect(await violations(screen.getByRole("dialog"))).toEqual([]);
  expect(timedOut).not.toHaveBeenCalled();
});
