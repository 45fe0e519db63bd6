// The seven steps: where one is by the address, and which modules a step is made of beyond those of the shell.
import { memory } from "./store.mjs";

/** In their order; each is views/<name>.mjs, whose default export is a View. A module names what it imports, but a browser learns that one after another; here it is told at once. */
const parts = {
  pictures: "lib/uploads components/drop components/grid components/viewer views/pictures/editor views/pictures/card views/pictures/upload views/pictures/doctor views/pictures/tags views/pictures/versions",
  train: "components/schema views/train/expert views/train/preflight views/train/presets views/train/request",
  watch: "lib/events components/chart components/viewer views/watch/run views/watch/history views/watch/state",
  choose: "lib/events lib/work components/chart components/compare components/picture components/table components/viewer",
  blend: "lib/events lib/work components/adapters components/blend components/compare components/picture components/table components/viewer",
  generate: "lib/events lib/work components/adapters components/drop components/picture",
  adapters: "lib/events lib/work components/adapters components/drop components/grid components/picture views/adapters/one views/adapters/tools",
};

export const steps = Object.keys(parts);

/** What the address says: { name: "watch", parameters: ["job-1"] }; without a step in it the one of last time. */
export function routeNow() {
  const [name, ...parameters] = location.hash.startsWith("#/") ? location.hash.slice(2).split("?")[0].split("/").filter(Boolean).map(decodeURIComponent) : [];
  return { name: steps.includes(name) ? name : memory.get("step") ?? steps[0], parameters };
}

const asked = new Set();

/** Has the browser fetch all modules of a step, without waiting for them. */
export function partsOf(step) {
  for (const name of [`views/${step}`, "lib/view", ...parts[step].split(" ")]) {
    if (asked.has(name)) continue;
    asked.add(name);
    document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href: new URL(`../${name}.mjs`, import.meta.url).href }));
  }
}
