import { formatNumber } from "@/lib/format";
import { currentLanguage } from "@/lib/i18n";

const UNITS = [
  { sign: "ms", ms: 1, up: 1000 },
  { sign: "s", ms: 1000, up: 60_000 },
  { sign: "min", ms: 60_000, up: 3_600_000 },
  { sign: "h", ms: 3_600_000, up: 172_800_000 },
] as const;

/** Say how long something took, in the unit that fits. */
export function duration(ms: number): string {
  const unit = UNITS.find((each) => ms < each.up) ?? { sign: currentLanguage() === "fr" ? "j" : "d", ms: 86_400_000 };
  const value = ms / unit.ms;
  return `${formatNumber(value, value < 10 ? 1 : 0)} ${unit.sign}`;
}

/** Say how long ago something was. */
export function ago(seconds: number): string {
  const format = new Intl.RelativeTimeFormat(currentLanguage(), { numeric: "always" });
  if (seconds < 60) return format.format(-Math.round(seconds), "second");
  if (seconds < 3600) return format.format(-Math.round(seconds / 60), "minute");
  if (seconds < 172_800) return format.format(-Math.round(seconds / 3600), "hour");
  return format.format(-Math.round(seconds / 86_400), "day");
}
