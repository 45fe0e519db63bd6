// Jobs that are waited for: grids, and tools whose file is put among the adapters when it is there.
import { follow } from "./events.mjs";
import { stageIn, t } from "./i18n.mjs";

/**
 * Waits for a job's end.
 * @param onprogress called with (fraction, words)
 * @returns the job; null where waiting was given up
 */
export async function finished(app, id, { onprogress, signal } = {}) {
  for await (const event of follow(app.api, id, { signal })) {
    if (event?.kind === "progress") onprogress?.(event.body.fraction, stageIn(event.body.stage ?? ""));
    if (event?.kind === "state") app.countJobs?.();
  }
  if (signal?.aborted) return null;
  const job = await app.api.get(`jobs/${id}`, { signal });
  if (job.state === "failed") throw Object.assign(new Error(job.error?.message ?? t("work.failed")), { reason: job.error?.message ?? t("work.failed"), cure: job.error?.cure, status: 500 });
  return job;
}

/**
 * Puts an adapter that a job made among those that prompts may name; asks for another name, or leave to overwrite, where the name is taken.
 * @returns what the server says of it; null where the user gave up
 */
export async function keep(app, id, file, name, overwrite = false) {
  try {
    const kept = await app.api.post(`jobs/${id}/keep`, { file, name, overwrite });
    await app.api.get(`adapters/${encodeURIComponent(kept.name)}`).catch(() => null);   // asked for, it is looked for: lists have it now
    app.dispatchEvent(new CustomEvent("lorabridge-saved", { detail: { name: kept.name }, bubbles: true, composed: true }));
    return kept;
  } catch (error) {
    if (error.status !== 409 || overwrite) throw error;
    const yes = await app.confirm({ title: t("work.taken", { name }), text: t("work.takenText"), yes: t("work.overwrite") });
    return yes ? await keep(app, id, file, name, true) : null;
  }
}

/** Waits for a tool's job and keeps its file, wherever the user goes meanwhile. */
export async function keepWhenDone(app, job, name) {
  app.toast(t("work.begun", { name }), { kind: "info", action: { text: t("watch.title"), onclick: () => app.go("watch", job.id) } });
  try {
    const done = await finished(app, job.id);
    if (done.state !== "finished") return null;
    const { files } = await app.api.get(`jobs/${job.id}/files`);
    const kept = await keep(app, job.id, files.find(file => file.name.endsWith(".safetensors")).name, name);
    if (kept) app.toast(t("work.kept", { name: kept.name }), { action: { text: t("do.open"), onclick: () => app.go("adapters", kept.name) } });
    return kept;
  } catch (error) {
    app.fail(error);
    return null;
  }
}

/** A picture that the API sends as base64, as an address. */
export const addressOf = base64 => `data:image/${base64.startsWith("/9j/") ? "jpeg" : base64.startsWith("UklG") ? "webp" : "png"};base64,${base64}`;

/** The bytes behind an address, a data: one too (which fetch may not read under this page's policy). */
export async function bytesOf(address) {
  if (!address.startsWith("data:")) return await (await fetch(address)).blob();
  const [, type, base64] = address.match(/^data:(.*?);base64,(.*)$/s);
  return new Blob([Uint8Array.from(atob(base64), sign => sign.charCodeAt(0))], { type });
}

/** Lets the browser save a picture. */
export async function download(address, name) {
  const url = URL.createObjectURL(await bytesOf(address));
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** The text of a list of numbers, read: "0.6, 0.8 1" -> [0.6, 0.8, 1]; null where one is no number. */
export function numbersIn(text) {
  const all = text.split(/[\s,;，；、]+/).filter(Boolean).map(Number);
  return all.every(Number.isFinite) ? all : null;
}
