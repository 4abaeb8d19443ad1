// Fails the build when the first load of a screen without the viewer needs more script than the budget.
// First load: the entry, what it imports, and a screen with what it imports, gzipped. Parts that a screen itself
// fetches later (the charts of the monitoring page) are listed apart. The study's screen carries the viewer.
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT_BYTES = 250_000;
const WITH_VIEWER = new Set(["study"]);
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

function closure(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  for (const each of manifest[name].imports ?? []) closure(each, found);
  return found;
}

function bytes(names) {
  let sum = 0;
  for (const name of names) {
    const { file } = manifest[name];
    if (file.endsWith(".js")) sum += gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;
  }
  return sum;
}

const kilobytes = (count) => `${(count / 1000).toFixed(1)} kB`;
const entry = Object.keys(manifest).find((name) => manifest[name].isEntry);
const first = closure(entry);
// a screen that shares parts with what it fetches later stands in the manifest under its chunk's name alone
const routes = manifest[entry].dynamicImports.filter((name) => !name.startsWith("src/locales/"));
const screens = readdirSync(new URL("../src/app/routes/", import.meta.url)).filter((name) => /^[^.]+\.tsx$/.test(name));
const missing = screens.filter((screen) => !routes.some((route) => `${manifest[route].name}.tsx` === screen));
if (missing.length > 0) throw new Error(`The build has no chunk of its own for ${missing.join(", ")}: the budget cannot be checked.`);

console.log(`Script, gzipped (limit ${kilobytes(LIMIT_BYTES)}): entry ${kilobytes(bytes(first))}`);
let tooLarge = false;
for (const route of routes) {
  const size = bytes(new Set([...first, ...closure(route)]));
  const later = new Set();
  for (const part of manifest[route].dynamicImports ?? []) closure(part, later);
  for (const known of [...first, ...closure(route)]) later.delete(known);
  const exempt = WITH_VIEWER.has(manifest[route].name);
  const over = size > LIMIT_BYTES && !exempt;
  tooLarge ||= over;
  const notes = [over && "OVER BUDGET", exempt && "with the viewer: not limited", later.size && `later ${kilobytes(bytes(later))}`];
  console.log(`  ${manifest[route].name.padEnd(20)} ${kilobytes(size).padStart(9)}  ${notes.filter(Boolean).join("; ")}`);
}
if (tooLarge) process.exit(1);
