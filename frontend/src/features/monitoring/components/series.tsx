/** How a series looks: a colour that shows on light and dark, and a pattern of its own. */
export const PATTERNS = {
  solid: { fill: "var(--mantine-color-teal-7)", background: "var(--mantine-color-teal-7)", line: "none" },
  striped: { fill: "url(#look-striped)", background: "var(--mantine-color-yellow-4)", line: "M0,8 L8,0" },
  crossed: { fill: "url(#look-crossed)", background: "var(--mantine-color-red-6)", line: "M0,0 L8,8 M0,8 L8,0" },
  dotted: { fill: "url(#look-dotted)", background: "var(--mantine-color-blue-4)", line: "M0,4 L8,4" },
} as const;

export type Look = keyof typeof PATTERNS;

export interface Series {
  name: string;
  label: string;
  look: Look;
}

/** The patterns, once a page. */
export function Patterns() {
  return (
    <svg width="0" height="0" aria-hidden="true" style={{ position: "absolute" }}>
      <defs>
        {Object.entries(PATTERNS).map(([look, { background, line }]) => (
          <pattern key={look} id={`look-${look}`} width="8" height="8" patternUnits="userSpaceOnUse">
            <rect width="8" height="8" fill={background} />
            <path d={line} stroke="#1a1a1a" strokeWidth="1.4" fill="none" />
          </pattern>
        ))}
      </defs>
    </svg>
  );
}
