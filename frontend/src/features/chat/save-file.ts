import type { Assessment, Message } from "./api/chat";

export function textOf(message: Message): string {
  return message.blocks.map((block) => block.text ?? (block.items ?? []).map((item) => `- ${item}`).join("\n")).join("\n");
}

/** Return a conversation, and what it came to, as plain text. */
export function plainText(messages: Message[], assessment: Assessment | null): string {
  const said = messages.map((each) => `${each.sender === "person" ? "> " : ""}${textOf(each)}`);
  const cited = (assessment?.rules ?? []).map((rule) => `${rule.id}: ${rule.guideline}, ${rule.version}, ${rule.paragraph}. ${rule.url}`);
  return [...said, cited.join("\n")].filter((part) => part !== "").join("\n\n") + "\n";
}

/** Hand a file to the browser to be saved. */
export function saveFile(name: string, content: string, type: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
