import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, test, vi } from "vitest";

import { ACCOUNTS } from "@/config/site";
import { renderPart, violations } from "@/testing/render";
import { server } from "@/testing/server";

import { SignInForm } from "./sign-in-form";

const pending = { data: { flows: [{ id: "login" }, { id: "mfa_authenticate", is_pending: true }] } };

function answer(login: () => Response) {
  server.use(
    http.get(`${ACCOUNTS}/config`, () => HttpResponse.json({ data: {} })),
    http.post(`${ACCOUNTS}/auth/login`, login),
    http.post(`${ACCOUNTS}/auth/2fa/authenticate`, async ({ request }) => {
      const { code } = (await request.json()) as { code: string };
      if (code === "123456") return HttpResponse.json({ status: 200 });
      return HttpResponse.json({ errors: [{ message: "Incorrect code." }] }, { status: 400 });
    }),
  );
}

async function signIn(done: () => Promise<void>) {
  const user = userEvent.setup();
  const { container } = renderPart(<SignInForm onDone={done} timedOut={false} />);
  await user.type(await screen.findByLabelText(/User name/), "alice");
  await user.type(screen.getByLabelText(/^Password/), "long enough for alice{Enter}");
  return { user, container };
}

test("a second factor is asked for before the door opens", async () => {
  answer(() => HttpResponse.json(pending, { status: 401 }));
  const done = vi.fn(() => Promise.resolve());
  const { user, container } = await signIn(done);
  const code = await screen.findByLabelText(/Code/);
  expect(done).not.toHaveBeenCalled();
  await user.type(code, "000000{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("Incorrect code.");
  await user.clear(code);
  await user.type(code, "123456{Enter}");
  await vi.waitFor(() => {
    expect(done).toHaveBeenCalledOnce();
  });
  expect(await violations(container)).toEqual([]);
});

test("a refused sign-in says what the node said", async () => {
  answer(() => HttpResponse.json({ errors: [{ message: "The user name or the password is wrong." }] }, { status: 400 }));
  const done = vi.fn(() => Promise.resolve());
  await signIn(done);
  expect(await screen.findByRole("alert")).toHaveTextContent("The user name or the password is wrong.");
  expect(done).not.toHaveBeenCalled();
});

test("who has no passkey at hand is told to try again or to enter a code", async () => {
  vi.stubGlobal("PublicKeyCredential", Object.assign(() => undefined, {
    parseCreationOptionsFromJSON: () => ({}),
    parseRequestOptionsFromJSON: () => ({}),
  }));
  const get = () => Promise.reject(new DOMException("declined", "NotAllowedError"));
  Object.defineProperty(navigator, "credentials", { value: { get }, configurable: true });
  const flows = [{ id: "mfa_authenticate", is_pending: true, types: ["recovery_codes", "webauthn"] }];
  answer(() => HttpResponse.json({ data: { flows } }, { status: 401 }));
  server.use(
    http.get(`${ACCOUNTS}/auth/webauthn/authenticate`, () => HttpResponse.json({ data: { request_options: { publicKey: {} } } })),
  );
  const { user, container } = await signIn(vi.fn(() => Promise.resolve()));
  await user.click(await screen.findByRole("button", { name: "Use a passkey" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("The browser used no passkey.");
  expect(screen.getByLabelText(/Code/)).toBeVisible();
  expect(await violations(container)).toEqual([]);
  vi.unstubAllGlobals();
});
