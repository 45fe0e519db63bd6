// What the training will take, and what is wrong with it, before it is started.
import { debounce, fill, h } from "../../lib/dom.mjs";
import { bytes, duration, number, t } from "../../lib/i18n.mjs";
import { said } from "../../lib/said.mjs";
import { banner, button, card, fold } from "../../components/ui.mjs";

export function preflightPanel(train) {
  const body = h("div", { class: "stack preflight" }), notice = h("div", { class: "stack tight" });
  const start = button(t("train.start"), { icon: "play", kind: "primary", class: "button primary big", onclick: () => train.start(start) });
  const measure = button(t("preflight.measure"), { icon: "clock", onclick: () => look(true) });
  const element = card(h("h2", null, t("preflight.title")), body, notice, h("div", { class: "stack tight" }, start, measure, h("p", { class: "hint" }, t("preflight.measureHint"))));
  const later = debounce(() => look(), 500);
  let asked = null, last = {};
  fill(body, h("p", { class: "muted small-text" }, t("preflight.looking")));

  async function look(measured = false) {
    later.cancel();
    asked?.abort();
    const request = train.request, text = JSON.stringify(request), abort = asked = new AbortController();
    train.signal.addEventListener("abort", () => abort.abort(), { once: true });
    if (measured) {
      measure.disabled = true;
      measure.setAttribute("aria-busy", "true");
      fill(notice, banner("info", t("preflight.measuring")));
    }
    body.classList.add("old");
    try {
      const { problems } = await train.api.post("training/settings/check", request, { signal: abort.signal });
      const wrong = problems.filter(problem => problem.severity === "error");
      if (wrong.length) {
        const errors = {};
        for (const { message, settings } of wrong) for (const path of settings.length ? settings : ["settings"]) (errors[path] ??= []).push(message);
        const rest = train.showFaults(errors);
        fill(body, banner("error", said(rest.join(" ")) || t("train.lookAtFields")));
        if (measured) fill(notice);
        return;
      }
      const found = await train.api.post("jobs/estimate", request, { query: { measure: measured || null }, signal: abort.signal });
      if (found.seconds) last = { text, seconds: found.seconds };
      show({ ...found, seconds: last.text === text ? last.seconds : null });
      train.showFaults({});
      if (measured) fill(notice);
    } catch (error) {
      if (abort.signal.aborted) return;
      const rest = train.showFaults(error.errors ?? {});
      fill(body, banner("error", said(rest.join(" ")) || (Object.keys(error.errors ?? {}).length ? t("train.lookAtFields") : said(error.reason)), { cure: said(error.cure) }));
      if (measured) fill(notice);
    } finally {
      if (asked === abort) {
        body.classList.remove("old");
        measure.disabled = false;
        measure.removeAttribute("aria-busy");
      }
    }
  }

  function show(found) {
    if (!found.canStart) {
      fill(body, banner("error", t("preflight.pictures"), { cure: t("preflight.picturesCure") }), h("div", { class: "actions" }, button(t("preflight.toPictures"), { icon: "pictures", onclick: () => train.app.go("pictures", train.draft.dataset) })), lines(found));
      return;
    }
    fill(body,
      memory(found),
      h("dl", { class: "facts" }, fact(t("preflight.time"), found.seconds ? duration(found.seconds) : t("preflight.unknown")), fact(t("preflight.steps"), number(found.steps)), fact(t("preflight.epochs"), number(found.epochs)), fact(t("preflight.pictureCount"), number(found.pictureCount))),
      !found.fits && found.changes.length > 0 && h("div", { class: "stack tight" }, h("h3", null, t("preflight.changes")), found.changes.map(change => h("div", { class: "change" },
        h("p", { class: "small-text" }, Object.entries(change.settings).map(([name, value]) => `${name} = ${value}`).join(", "), ": ", t("preflight.saves", { bytes: bytes(change.savesBytes) }), " ", said(change.cost)),
        button(t("do.apply"), { small: true, onclick: () => train.change({ values: { ...train.draft.values, ...Object.fromEntries(Object.entries(change.settings).map(([name, value]) => [name, read(value)])) } }) })))),
      found.remarks.map(remark => banner("warning", said(remark))), lines(found));
  }

  const fact = (name, value) => h("div", null, h("dt", null, name), h("dd", null, value));

  // what the file of a preset would say: numbers as numbers
  const read = text => text === "true" ? true : text === "false" ? false : text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;

  const lines = found => fold(t("preflight.details"), h("pre", { class: "log", tabindex: 0, "aria-label": t("preflight.details") }, [found.text, found.pictures].filter(Boolean).join("\n\n")));

  function memory({ peakBytes, availableBytes, fits, fitsWithChanges }) {
    const part = availableBytes ? Math.min(1, peakBytes / availableBytes) : null;
    const words = availableBytes ? t("preflight.memoryOf", { peak: bytes(peakBytes), all: bytes(availableBytes) }) : bytes(peakBytes);
    return h("div", { class: "memory" }, h("div", { class: "row between small-text" }, h("b", null, t("preflight.memory")), h("span", { class: "number" }, words)),
      part !== null && h("div", { class: ["bar", fits ? "" : "bad"], role: "img", "aria-label": words }, h("div", { class: "bar-done", style: { width: `${100 * part}%` } })),
      h("p", { class: ["small-text", fits ? "muted" : "fault"] }, fits ? t("preflight.fits") : fitsWithChanges ? t("preflight.fitsWithChanges") : t("preflight.fitsNot")));
  }

  return { element, later, say: (...parts) => fill(notice, parts) };
}
