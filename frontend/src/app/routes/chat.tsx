import { Chat } from "@/features/chat/components/chat";

export default function ChatScreen() {
  return <Chat />;
}
