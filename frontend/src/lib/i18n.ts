import i18next, { type BackendModule, type ReadCallback, type ResourceKey } from "i18next";
import { initReactI18next } from "react-i18next";

export const LANGUAGES = ["en", "fr"] as const;
export type Language = (typeof LANGUAGES)[number];

const KEPT = "mammonode.language";
const files = import.meta.glob<{ default: ResourceKey }>("../locales/*/*.json");

const backend: BackendModule = {
  type: "backend",
  init: () => undefined,
  read: (language: string, namespace: string, done: ReadCallback) => {
    const load = files[`../locales/${language}/${namespace}.json`];
    if (load === undefined) {
      done(new Error(`There is no ${language}/${namespace}.`), null);
      return;
    }
    load().then(
      (file) => {
        done(null, file.default);
      },
      (error: unknown) => {
        done(error instanceof Error ? error : new Error(String(error)), null);
      },
    );
  },
};

function isLanguage(text: string | null | undefined): text is Language {
  return LANGUAGES.some((each) => each === text);
}

function firstLanguage(): Language {
  const kept = localStorage.getItem(KEPT);
  if (isLanguage(kept)) return kept;
  const spoken = navigator.languages.map((each) => each.slice(0, 2)).find(isLanguage);
  return spoken ?? "en";
}

/** The language on the screen. */
export function currentLanguage(): Language {
  return isLanguage(i18next.language) ? i18next.language : "en";
}

export async function changeLanguage(language: Language): Promise<void> {
  localStorage.setItem(KEPT, language);
  await i18next.changeLanguage(language);
}

/** Start with one language; a namespace is fetched with the screen that names it. */
export async function startI18n(language: Language = firstLanguage()): Promise<void> {
  i18next.on("languageChanged", (now) => {
    document.documentElement.lang = now;
  });
  await i18next.use(backend).use(initReactI18next).init({
    lng: language,
    fallbackLng: "en",
    supportedLngs: LANGUAGES,
    ns: ["common"],
    defaultNS: "common",
    interpolation: { escapeValue: false },
    // no line of others in the console of a reading room
    showSupportNotice: false,
    react: { useSuspense: true },
  });
}
