// A job's state in words and colour.
import { t } from "../../lib/i18n.mjs";
import { badge } from "../../components/ui.mjs";

export const isActive = job => job.state === "running" || job.state === "stopping";
export const isOver = job => ["finished", "failed", "cancelled"].includes(job.state);

const kinds = { running: "accent", stopping: "accent", finished: "good", failed: "bad", paused: "warn" };

export const badgeOf = job => badge(t(job.state === "stopping" ? `watch.stopping.${job.stop}` : `watch.state.${job.state}`), kinds[job.state] ?? "");

/** What the form of the training said, whichever way it was written. */
export function settingOf(job, path) {
  const settings = job.request?.settings ?? {}, [group, name] = path.split(".");
  return job.request?.extended?.[path] ?? job.request?.varied?.[path] ?? settings[path] ?? settings[group]?.[name];
}
