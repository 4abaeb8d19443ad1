import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";

import { ACCOUNTS, API } from "@/config/site";
import { renderPart, violations } from "@/testing/render";
import { server } from "@/testing/server";

import { Account } from "./account";
import type { Person } from "./who-i-am";

const FACTORS = `${ACCOUNTS}/account/authenticators`;
const TOKENS = `${API}/accounts/tokens/`;

const alice: Person = {
  username: "alice",
  full_name: "Alice Reader",
  roles: ["radiologist"],
  sites: [{ id: 1, name: "North clinic" }],
  expires_at: "2026-11-25T20:00:00+00:00",
  second_factor: { enabled: false, required: false },
};
const token = {
  id: 3,
  name: "nightly",
  scopes: ["upload"],
  lasting: true,
  created_at: "2026-11-25T10:00:00+00:00",
  expires_at: "2027-02-23T10:00:00+00:00",
};
const needsProof = { status: 401, data: { flows: [{ id: "reauthenticate" }] }, meta: { is_authenticated: true } };

/** A node that remembers: factors, tokens, and whether the password was given again. */
function node() {
  const kept = { totp: false, proven: false, tokens: [token], wanted: [] as unknown[] };
  const factor = { type: "totp", created_at: 1, last_used_at: null };
  server.use(
    http.get(`${ACCOUNTS}/config`, () => HttpResponse.json({ data: { mfa: { supported_types: ["totp", "recovery_codes", "webauthn"] } } })),
    http.get(FACTORS, () => HttpResponse.json({ data: kept.totp ? [factor] : [] })),
    http.get(`${FACTORS}/totp`, () =>
      HttpResponse.json({ meta: { secret: "JBSWY3DP", totp_url: "otpauth://totp/Mammonode:alice?secret=JBSWY3DP" } }, { status: 404 }),
    ),
    http.post(`${FACTORS}/totp`, async ({ request }) => {
      const { code } = (await request.json()) as { code: string };
      if (!kept.proven) return HttpResponse.json(needsProof, { status: 401 });
      if (code !== "123456") return HttpResponse.json({ errors: [{ message: "Incorrect code." }] }, { status: 400 });
      kept.totp = true;
      return HttpResponse.json({ data: factor });
    }),
    http.get(`${FACTORS}/recovery-codes`, () => HttpResponse.json({ data: { unused_codes: ["11112222", "33334444"] } })),
    http.post(`${ACCOUNTS}/auth/reauthenticate`, async ({ request }) => {
      const { password } = (await request.json()) as { password: string };
      kept.proven = password === "long enough for alice";
      if (kept.proven) return HttpResponse.json({ status: 200 });
      return HttpResponse.json({ errors: [{ message: "Incorrect password." }] }, { status: 400 });
    }),
    http.get(TOKENS, () => HttpResponse.json({ results: kept.tokens })),
    http.post(TOKENS, async ({ request }) => {
      kept.wanted.push(await request.json());
      return HttpResponse.json({ ...token, id: 4, name: "pacs", token: "shown-once-0123" }, { status: 201 });
    }),
    http.delete(`${TOKENS}3/`, () => {
      kept.tokens = [];
      return new HttpResponse(null, { status: 204 });
    }),
  );
  return kept;
}

test("the account screen says who one is, and axe finds nothing wrong", async () => {
  node();
  const { container } = renderPart(<Account me={alice} />);
  expect(await screen.findByText("Radiologist")).toBeVisible();
  expect(screen.getByText("North clinic")).toBeVisible();
  expect(await screen.findByText("nightly")).toBeVisible();
  expect(await screen.findByText("No authenticator app is set up.")).toBeVisible();
  expect(await violations(container)).toEqual([]);
});

test("setting up an authenticator asks for the password again, and shows the recovery codes", async () => {
  node();
  const user = userEvent.setup();
  const { container } = renderPart(<Account me={alice} />);
  await user.click(await screen.findByRole("button", { name: "Set up an authenticator" }));
  expect(await screen.findByText("JBSWY3DP")).toBeVisible();
  expect(screen.getByTitle(/QR code/)).toBeInTheDocument();
  expect(await violations(container)).toEqual([]);
  await user.type(screen.getByLabelText(/Code shown by the app/), "123456{Enter}");
  const dialog = await screen.findByRole("dialog", { name: "Is it you?" });
  await user.type(within(dialog).getByLabelText(/Your password/), "wrong{Enter}");
  expect(await within(dialog).findByRole("alert")).toHaveTextContent("Incorrect password.");
  await user.clear(within(dialog).getByLabelText(/Your password/));
  await user.type(within(dialog).getByLabelText(/Your password/), "long enough for alice{Enter}");
  expect(await screen.findByText("11112222")).toBeVisible();
  expect(await screen.findByText("An authenticator app is set up.")).toBeVisible();
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("closing the question for the password leaves everything as it was", async () => {
  const kept = node();
  const user = userEvent.setup();
  renderPart(<Account me={alice} />);
  await user.click(await screen.findByRole("button", { name: "Set up an authenticator" }));
  await user.type(await screen.findByLabelText(/Code shown by the app/), "123456{Enter}");
  const dialog = await screen.findByRole("dialog", { name: "Is it you?" });
  await user.click(within(dialog).getByRole("button", { name: "Cancel" }));
  await waitFor(() => {
    expect(screen.queryByRole("dialog")).toBeNull();
  });
  expect(kept.totp).toBe(false);
  expect(screen.queryByRole("alert")).toBeNull();
});

test("a refused password says why, and two different new ones are never sent", async () => {
  node();
  let sent = 0;
  server.use(
    http.post(`${ACCOUNTS}/account/password/change`, () => {
      sent += 1;
      return HttpResponse.json({ errors: [{ message: "This password is too common." }] }, { status: 400 });
    }),
  );
  const user = userEvent.setup();
  renderPart(<Account me={alice} />);
  await user.type(await screen.findByLabelText(/^Current password/), "long enough for alice");
  await user.type(screen.getByLabelText(/^New password(?! again)/), "password1234");
  await user.type(screen.getByLabelText(/^New password again/), "password12345{Enter}");
  expect(await screen.findByText(/The two new passwords differ/)).toBeVisible();
  expect(sent).toBe(0);
  await user.type(screen.getByLabelText(/^New password again/), "{Backspace}{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("This password is too common.");
  expect(sent).toBe(1);
});

test("a new token is shown once, and a token is revoked at the second press", async () => {
  const kept = node();
  const user = userEvent.setup();
  renderPart(<Account me={alice} />);
  await user.type(await screen.findByLabelText(/Name of a new token/), "pacs");
  await user.click(screen.getByRole("button", { name: "Make the token" }));
  expect(await screen.findByText("Tick at least one.")).toBeVisible();
  await user.click(screen.getByLabelText("Upload images for a score"));
  await user.click(screen.getByRole("button", { name: "Make the token" }));
  expect(await screen.findByText("shown-once-0123")).toBeVisible();
  expect(kept.wanted).toEqual([{ name: "pacs", scopes: ["upload"], lasting: true, days: 90 }]);
  await user.click(screen.getByRole("button", { name: "Revoke the token nightly" }));
  expect(kept.tokens).toHaveLength(1);
  await user.click(screen.getByRole("button", { name: "Yes: Revoke the token nightly" }));
  expect(await screen.findByText("You have no tokens.")).toBeVisible();
});

test("who must set up a second factor first is told so, and is offered no tokens", async () => {
  node();
  renderPart(<Account me={{ ...alice, second_factor: { enabled: false, required: true } }} />);
  expect(await screen.findByText(/This node asks for a second factor/)).toBeVisible();
  expect(screen.queryByText("API tokens")).toBeNull();
});
