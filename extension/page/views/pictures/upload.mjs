// What becomes of the files that were dropped: each by its name, those that were refused with their reason and cure.
import { fill, h, keyed } from "../../lib/dom.mjs";
import { t } from "../../lib/i18n.mjs";
import { said } from "../../lib/said.mjs";
import { forgetUpload } from "../../lib/uploads.mjs";
import { badge, button, progress } from "../../components/ui.mjs";

const isBad = file => ["refused", "lost", "stopped"].includes(file.state);

export function uploadPanel(editor) {
  const bar = progress(t("upload.title")), words = h("p", { role: "status" }), bad = h("ul", { class: "upload-list", "aria-label": t("upload.refused") });
  const all = h("ul", { class: "upload-list", "aria-label": t("upload.files") });
  const details = h("details", { class: "fold", ontoggle: () => show() }, h("summary", null, t("upload.each")), all);
  const buttons = h("div", { class: "actions" });
  const element = h("section", { class: "card upload", hidden: true, "aria-label": t("upload.title") }, h("div", { class: "row between" }, words, buttons), bar, bad, details);
  let running = null, told = false;

  function show() {
    if (!running) return;
    const { files, isDone } = running.state, count = state => files.filter(file => file.state === state).length;
    element.hidden = !files.length;
    const done = files.reduce((sum, file) => sum + (file.state === "waiting" ? 0 : file.state === "sending" ? 0.9 * file.part : 1), 0);
    bar.hidden = isDone;
    bar.set(files.length ? done / files.length : 1);
    const kept = files.reduce((sum, file) => sum + (file.inside ? file.inside.filter(one => one.outcome === "taken").length : file.state === "taken" ? 1 : 0), 0);
    const parts = [t("upload.taken", { n: kept }), count("duplicate") && t("upload.duplicates", { n: count("duplicate") }), files.filter(isBad).length && t("upload.refusedCount", { n: files.filter(isBad).length })];
    words.textContent = isDone ? parts.filter(Boolean).join(" · ") : t("upload.sending", { n: Math.floor(done), all: files.length });
    const lines = files.flatMap(file => file.inside ? file.inside.filter(one => one.outcome === "refused").map(one => ({ ...one, state: "refused", name: `${file.name} › ${one.name}` })) : isBad(file) ? [file] : []);
    keyed(bad, lines, file => file.name, file => h("li", null, h("b", null, file.name), h("p", null, said(file.reason) ?? t(`upload.${file.state}`), " ", file.cure && h("span", { class: "cure" }, file.reason?.endsWith(file.cure) ? "" : said(file.cure)))));
    bad.hidden = !lines.length;
    details.hidden = files.length < 2;
    if (details.open) keyed(all, files, file => file.name, file => h("li", { class: "upload-file" }, h("span", null, file.name), h("span")), (line, file) => fill(line.lastChild, badge(file.state === "sending" ? `${Math.round(100 * file.part)} %` : t(`upload.${file.state}`), file.state === "taken" || file.state === "caption" ? "good" : isBad(file) ? "bad" : "")));
    fill(buttons, !isDone && button(t("upload.stop"), { small: true, onclick: () => running.stop() }),
      isDone && files.some(file => file.state === "lost" || file.state === "stopped") && button(t("upload.again"), { small: true, kind: "primary", onclick: () => running.again() }),
      isDone && button(t("do.close"), { small: true, kind: "quiet", onclick: () => {
        forgetUpload(editor.id);
        running = null;
        element.hidden = true;
        editor.show();
      } }));
  }

  async function changed() {
    show();
    const { isDone } = running?.state ?? {};
    if (!isDone) told = false;
    else if (!told) {
      told = true;
      try {
        await editor.refresh();
        if (editor.pictures.length) editor.doctor.examine();
      } catch (error) {
        editor.app.fail(error);
      }
    }
  }

  return {
    element,
    follow(upload) {
      if (upload === running) return;
      running = upload;
      told = false;
      upload.addEventListener("change", () => changed(), { signal: editor.signal });
      changed();
    },
  };
}
