import { expect, test } from "vitest";

import { ago, duration } from "./durations";

test("a time is said in the unit that fits it", () => {
  expect(duration(0.4)).toBe("0.4 ms");
  expect(duration(12.34)).toBe("12 ms");
  expect(duration(1500)).toBe("1.5 s");
  expect(duration(90_000)).toBe("1.5 min");
  expect(duration(7_200_000)).toBe("2 h");
  expect(duration(259_200_000)).toBe("3 d");
});

test("an age is said as people say it", () => {
  expect(ago(20)).toBe("20 seconds ago");
  expect(ago(90)).toBe("2 minutes ago");
  expect(ago(7200)).toBe("2 hours ago");
  expect(ago(200_000)).toBe("2 days ago");
});
