import boundaries from "eslint-plugin-boundaries";
import checkFile from "eslint-plugin-check-file";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", "src/types/api.d.ts"] },
  ...tseslint.configs.strict,
  jsxA11y.flatConfigs.recommended,
  reactHooks.configs.flat["recommended-latest"],
  {
    files: ["**/*.{ts,tsx}"],
    plugins: { boundaries, "check-file": checkFile },
    settings: {
      "import/resolver": { typescript: { project: import.meta.dirname + "/tsconfig.json" } },
      "boundaries/include": ["src/**/*"],
      "boundaries/elements": [
        { type: "app", pattern: "src/app", mode: "folder" },
        { type: "feature", pattern: "src/features/*", mode: "folder", capture: ["name"] },
        { type: "shared", pattern: "src/(components|lib|config|types|testing|locales)", mode: "folder" },
      ],
    },
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "check-file/filename-naming-convention": [
        "error",
        { "**/*.{ts,tsx}": "KEBAB_CASE" },
        { ignoreMiddleExtensions: true },
      ],
      "check-file/folder-naming-convention": ["error", { "src/**/": "KEBAB_CASE" }],
      // the floors: shared knows no feature, no feature knows another, the app knows them all
      "boundaries/element-types": [
        "error",
        {
          default: "disallow",
          rules: [
            { from: "shared", allow: ["shared"] },
            { from: "feature", allow: ["shared", ["feature", { name: "${from.name}" }]] },
            { from: "app", allow: ["app", "feature", "shared"] },
          ],
        },
      ],
      "no-restricted-imports": ["error", { patterns: [{ group: ["../../*"], message: "Use the alias @/." }] }],
      "max-lines": ["error", { max: 250 }],
    },
  },
  {
    files: ["scripts/**", "*.config.*"],
    languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly" } },
  },
);
