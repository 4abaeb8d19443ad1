import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { PRESENCE_EVERY_MS, SESSION_POLL_MS, WARN_BEFORE_SECONDS } from "@/config/site";
import { nodeNow } from "@/lib/api-client";

import { extendSession, meOptions, type Me } from "./api/get-me";
import { forgetSession } from "./api/sign-in";

/** How the session stands: seconds left where a warning is due, and whether staying would help. */
export interface Ending {
  secondsLeft: number;
  mayStay: boolean;
}

/** null: it does not end by this clock. */
function secondsUntil(iso: string | null): number {
  if (iso === null) return Infinity;
  return (Date.parse(iso) - nodeNow()) / 1000;
}

function endingOf(me: Me): Ending | null {
  const idle = secondsUntil(me.idle_expires_at);
  const absolute = secondsUntil(me.expires_at);
  const warnBefore = Math.min(WARN_BEFORE_SECONDS, me.idle_seconds / 2);
  const secondsLeft = Math.min(idle, absolute);
  return secondsLeft > warnBefore ? null : { secondsLeft: Math.max(0, Math.ceil(secondsLeft)), mayStay: idle < absolute };
}

/** Watch the end of a session; what a person does in the page keeps it, what a clock asks does not. */
export function usePresence(me: Me, onTimeOut: () => void): Ending | null {
  const client = useQueryClient();
  const [ending, setEnding] = useState<Ending | null>(null);

  useEffect(() => {
    const read = () => void client.fetchQuery({ ...meOptions, staleTime: 0 }).catch(() => undefined);
    const poll = setInterval(read, Math.min(SESSION_POLL_MS, (me.idle_seconds * 1000) / 4));
    const tick = setInterval(() => {
      const now = endingOf(me);
      setEnding(now);
      if (now?.secondsLeft === 0) {
        // first the reason, then the end: the page that asks to sign in again says why
        onTimeOut();
        forgetSession(client);
      }
    }, 1000);
    return () => {
      clearInterval(poll);
      clearInterval(tick);
    };
  }, [client, me, onTimeOut]);

  const warned = ending !== null;
  useEffect(() => {
    if (warned) return;
    let told = Date.now();
    const every = Math.min(PRESENCE_EVERY_MS, (me.idle_seconds * 1000) / 4);
    const notice = () => {
      if (Date.now() - told < every) return;
      told = Date.now();
      // where the node cannot be reached, the warning opens in time
      extendSession(client).catch(() => undefined);
    };
    const events = ["pointerdown", "keydown", "wheel"] as const;
    for (const name of events) window.addEventListener(name, notice, { passive: true });
    return () => {
      for (const name of events) window.removeEventListener(name, notice);
    };
  }, [client, me.idle_seconds, warned]);

  return ending;
}
