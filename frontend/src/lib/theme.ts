import { createTheme, type CSSVariablesResolver } from "@mantine/core";

/** Contrast of 4.5 to 1 at least, in both schemes: shades are chosen for text on them and of them. */
export const theme = createTheme({
  primaryColor: "teal",
  primaryShade: { light: 9, dark: 9 },
  autoContrast: true,
  luminanceThreshold: 0.3,
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'DejaVu Sans Mono', monospace",
  cursorType: "pointer",
  respectReducedMotion: true,
});

/** Darker than what it lies on; Mantine would make it paler, and white words on it hard to read. */
const FILLED_UNDER_THE_POINTER = "#066649";

/** Mantine's own shades of secondary text and of errors are too pale on a page. */
export const readableColors: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "var(--mantine-color-gray-7)",
    "--mantine-color-placeholder": "var(--mantine-color-gray-7)",
    "--mantine-color-error": "var(--mantine-color-red-9)",
    "--mantine-color-yellow-outline": "#8f4a00",
    "--mantine-color-orange-outline": "#a33b00",
    "--mantine-color-green-outline": "#1f6b2e",
    "--mantine-color-teal-filled-hover": FILLED_UNDER_THE_POINTER,
  },
  dark: {
    "--mantine-color-dimmed": "var(--mantine-color-dark-1)",
    "--mantine-color-placeholder": "var(--mantine-color-dark-1)",
    "--mantine-color-error": "var(--mantine-color-red-4)",
    "--mantine-color-teal-filled-hover": FILLED_UNDER_THE_POINTER,
  },
});

export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
}
