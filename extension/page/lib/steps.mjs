// The seven steps: where one is by the address, and which modules a step is made of beyond those of the shell.
import { memory } from "./store.mjs";

/**
 * In their order; each is views/<name>.mjs, whose default export is a View. A module names what it imports, but a browser learns that one after another; here it
 * is told at once. `<name>/one` is what comes with the first of a step's things that is opened.
 */
const parts = {
  pictures: "lib/uploads components/drop components/grid",
  "pictures/one": "components/viewer views/pictures/editor views/pictures/card views/pictures/upload views/pictures/doctor views/pictures/tags views/pictures/versions",
  train: "components/schema views/train/expert views/train/preflight views/train/presets views/train/request",
  watch: "views/watch/state",
  "watch/one": "lib/events components/chart components/viewer views/watch/run views/watch/history",
  choose: "lib/events lib/work components/chart components/compare components/picture components/table components/viewer",
  blend: "lib/events lib/work components/adapters components/blend components/compare components/picture components/table components/viewer",
  generate: "lib/events lib/work components/adapters components/drop components/picture",
  adapters: "components/adapters components/grid",
  "adapters/one": "lib/events lib/work components/drop components/picture views/adapters/one views/adapters/tools",
};

export const steps = Object.keys(parts).filter(name => !name.includes("/"));

/** What the address says: { name: "watch", parameters: ["job-1"] }; without a step in it the one of last time. */
export function routeNow() {
  const [name, ...parameters] = location.hash.startsWith("#/") ? location.hash.slice(2).split("?")[0].split("/").filter(Boolean).map(decodeURIComponent) : [];
  return { name: steps.includes(name) ? name : memory.get("step") ?? steps[0], parameters };
}

const asked = new Set();

/** Has the browser fetch all modules of a place, without waiting for them. */
export function partsOf({ name: step, parameters }) {
  const inside = parameters.length && parts[`${step}/one`] ? parts[`${step}/one`].split(" ") : [];
  for (const name of [`views/${step}`, "lib/view", ...parts[step].split(" "), ...inside]) {
    if (asked.has(name)) continue;
    asked.add(name);
    document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href: new URL(`../${name}.mjs`, import.meta.url).href }));
  }
}
