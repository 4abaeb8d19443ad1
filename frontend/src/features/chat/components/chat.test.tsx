import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, test } from "vitest";

import { API } from "@/config/site";
import { renderPart, violations } from "@/testing/render";
import { server } from "@/testing/server";

import { keepKey, readKey } from "../api/chat";
import { Chat } from "./chat";

const CHAT = `${API}/chat/`;
const KEY = { id: "c1", token: "secret" };
const assessment = {
  id: 1, level: "urgent_suspected_cancer", title: "Please have this looked at soon", how_soon: "Within two weeks.",
  actions: ["Call your practice."], facts: [{ name: "lump", label: "lump in the breast", value_text: "yes" }],
  rules: [{ id: "SC1", guideline: "NICE NG12", version: "2015", paragraph: "1.4.1", url: "https://www.nice.org.uk/guidance/ng12", note: "" }],
  safety_netting: { title: "Come sooner", items: ["if it grows"], emergency: "Call 999." },
  disclaimers: ["This is no diagnosis."], rule_set_version: "1.1.0",
};

function message(id: number, sender: string, text: string, replies: { id: string; label: string }[] = []) {
  return { id, sender, blocks: [{ type: "paragraph", text }], quick_replies: replies, created_at: "2026-11-25T10:00:00Z" };
}

/** A node with one conversation: it asks whether there is fever, then assesses. */
function answerAsNode() {
  const messages = [message(1, "chatbot", "What did you notice?", [{ id: "fever:no", label: "No fever" }])];
  const said: unknown[] = [];
  let newest: typeof assessment | null = null;
  server.use(
    http.post(CHAT, () => HttpResponse.json({ ...KEY, reply: messages[0] }, { status: 201 })),
    http.get(`${CHAT}c1/`, ({ request }) =>
      request.headers.get("X-Chat-Token") === KEY.token
        ? HttpResponse.json({ messages, assessment: newest })
        : HttpResponse.json({ detail: "Not found." }, { status: 404 })),
    http.post(`${CHAT}c1/messages/`, async ({ request }) => {
      const body = (await request.json()) as { text?: string; quick_reply?: string };
      said.push(body);
      messages.push(message(messages.length + 1, "person", body.text ?? "No fever"));
      messages.push(message(messages.length + 1, "chatbot", "Thank you."));
      newest = assessment;
      return HttpResponse.json({ reply: messages.at(-1), assessment });
    }),
    http.delete(`${CHAT}c1/`, () => new HttpResponse(null, { status: 204 })),
  );
  return said;
}

beforeEach(() => {
  sessionStorage.clear();
});

test("a conversation goes from the start to an assessment with its guideline", async () => {
  const said = answerAsNode();
  const user = userEvent.setup();
  const { container } = renderPart(<Chat />);
  await user.click(await screen.findByRole("button", { name: "Start" }));
  await user.click(await screen.findByRole("button", { name: "No fever" }));
  expect(await screen.findByRole("heading", { name: assessment.title })).toBeVisible();
  expect(screen.getByRole("link", { name: "NICE NG12" })).toHaveAttribute("href", assessment.rules[0]?.url);
  expect(said).toEqual([{ quick_reply: "fever:no" }]);
  expect(readKey()).toEqual(KEY);
  expect(localStorage.getItem("mammonode.chat")).toBeNull();
  expect(await violations(container)).toEqual([]);
});

test("the assessment and its guideline are there again after a reload", async () => {
  answerAsNode();
  const user = userEvent.setup();
  const { unmount } = renderPart(<Chat />);
  await user.click(await screen.findByRole("button", { name: "Start" }));
  await user.click(await screen.findByRole("button", { name: "No fever" }));
  await screen.findByRole("link", { name: "NICE NG12" });
  unmount();
  renderPart(<Chat />);
  expect(await screen.findByRole("link", { name: "NICE NG12" })).toBeVisible();
});

test("an earlier answer is corrected by the keyboard alone", async () => {
  const said = answerAsNode();
  keepKey(KEY);
  const user = userEvent.setup();
  renderPart(<Chat />);
  await user.type(await screen.findByLabelText("Your message"), "I have a lump{Enter}");
  const correct = await screen.findByRole("button", { name: "Correct this answer: I have a lump" });
  correct.focus();
  await user.keyboard("{Enter}");
  const box = screen.getByLabelText("Your correction");
  expect(box).toHaveFocus();
  expect(box).toHaveValue("I have a lump");
  await user.clear(box);
  await user.type(box, "I have no lump{Enter}");
  expect(await within(screen.getByRole("log")).findByText("I have no lump")).toBeVisible();
  expect(said).toEqual([{ text: "I have a lump" }, { text: "I have no lump" }]);
});

test("erasing asks first, then forgets the token", async () => {
  answerAsNode();
  keepKey(KEY);
  const user = userEvent.setup();
  renderPart(<Chat />);
  await user.click(await screen.findByRole("button", { name: "Erase" }));
  expect(readKey()).toEqual(KEY);
  await user.click(await screen.findByRole("button", { name: "Erase it" }));
  expect(await screen.findByRole("button", { name: "Start" })).toBeVisible();
  expect(readKey()).toBeNull();
});

test("an expired conversation says so and a new one can be started", async () => {
  const detail = "This conversation has expired and was erased. Please open a new one.";
  server.use(http.get(`${CHAT}c1/`, () => HttpResponse.json({ detail }, { status: 410 })));
  keepKey(KEY);
  const user = userEvent.setup();
  renderPart(<Chat />);
  expect(await screen.findByText(detail)).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Start a new conversation" }));
  expect(await screen.findByRole("button", { name: "Start" })).toBeVisible();
});

test("what was typed stays when the connection is lost", async () => {
  answerAsNode();
  server.use(http.post(`${CHAT}c1/messages/`, () => HttpResponse.error()));
  keepKey(KEY);
  const user = userEvent.setup();
  renderPart(<Chat />);
  await user.type(await screen.findByLabelText("Your message"), "I have a lump{Enter}");
  expect(await screen.findByText("No connection")).toBeVisible();
  expect(screen.getByLabelText("Your message")).toHaveValue("I have a lump");
});
