// Saved settings: taken, kept, exported, and read from the files of other trainers.
import { append, fill, h } from "../../lib/dom.mjs";
import { t } from "../../lib/i18n.mjs";
import { said } from "../../lib/said.mjs";
import { banner, button, card, field, menu, textarea } from "../../components/ui.mjs";
import { requestOf } from "./request.mjs";

export function presetsPanel(train) {
  const list = h("ul", { class: "stack tight" });
  const element = card(h("h2", null, t("presets.title")), list,
    h("div", { class: "actions" }, button(t("presets.save"), { icon: "save", small: true, onclick: () => save() }), button(t("presets.import"), { icon: "upload", small: true, onclick: () => read() })));

  function show() {
    const saved = train.presets.presets.filter(preset => !preset.builtIn);
    fill(list, saved.length ? saved.map(preset => h("li", { class: "row between preset" },
      button(preset.name, { kind: "quiet", small: true, title: preset.description, onclick: () => train.take(preset) }),
      menu(t("presets.more", { name: preset.name }), [
        ...["toml", "yaml", "json"].map(format => ({ text: t("presets.export", { format: format.toUpperCase() }), icon: "download", onclick: () => download(preset, format) })),
        { text: t("do.delete"), icon: "trash", kind: "danger", onclick: () => remove(preset) },
      ]))) : h("li", { class: "muted small-text" }, t("presets.none")));
  }

  async function again() {
    train.presets = await train.api.get("presets");
    show();
  }

  async function save() {
    const name = await train.app.ask({ title: t("presets.save"), label: t("pictures.name"), yes: t("do.save"), hint: t("presets.saveHint") });
    if (!name) return;
    const { settings } = requestOf({ ...train, draft: train.draft, datasets: [], base: train.base, promptLines: train.promptLines });
    for (const path of ["model.path", "captions.triggerWord", "samples.prompts"]) delete settings[path];
    const done = await train.doing(null, () => train.api.post("presets", { name, subject: train.draft.subject, pace: train.draft.pace, settings }));
    if (done) {
      train.app.toast(t("presets.saved", { name }));
      await again();
    }
  }

  async function remove(preset) {
    if (!await train.app.confirm({ title: t("presets.deleteTitle", { name: preset.name }), text: t("presets.deleteText"), yes: t("do.delete") })) return;
    await train.doing(null, () => train.api.delete(`presets/${preset.id}`, { headers: { "If-Match": "*" } }));
    await again();
  }

  async function download(preset, format) {
    const link = h("a", { href: train.api.url(`presets/${preset.id}/export`, { format }), download: `${preset.name}.${format}` });
    element.append(link);
    link.click();
    link.remove();
  }

  function read() {
    return train.app.dialog({
      title: t("presets.import"),
      body: close => {
        const text = field(t("presets.text"), textarea({ rows: 8, class: "input code", placeholder: "pretrained_model_name_or_path = …\nnetwork_dim = 32" }), { hint: t("presets.textHint") });
        const file = h("input", { type: "file", accept: ".toml,.yaml,.yml,.json,.txt,.sh,.bat,.ps1", class: "input", "aria-label": t("presets.file"), onchange: async () => {
          const [one] = file.files;
          if (one) text.control.value = await one.text();
          name = one?.name;
        } });
        let name;
        const found = h("div", { class: "stack tight", role: "status" });
        const go = button(t("presets.read"), { kind: "primary", onclick: async () => {
          const report = await train.doing(go, () => train.api.post("presets/import", { text: text.control.value, fileName: name }));
          if (!report) return;
          const bad = report.problems.filter(problem => problem.severity === "error");
          fill(found, report.problems.slice(0, 30).map(problem => banner(problem.severity === "note" ? "info" : problem.severity, said(problem.message), { cure: problem.place })));
          const take = button(t("presets.take", { n: Object.values(report.settings).reduce((sum, group) => sum + (typeof group === "object" ? Object.keys(group ?? {}).length : 1), 0) }), { kind: "primary", onclick: () => {
            close(true);
            train.take({ settings: report.settings, name: name ?? report.format });
          } });
          go.classList.remove("primary");
          append(found, [bad.length ? banner("error", t("presets.withErrors")) : null, take]);
          take.focus();
        } });
        return h("div", { class: "stack" }, h("p", { class: "muted" }, t("presets.importText")), file, text, h("div", null, go), found);
      },
    });
  }

  show();
  return element;
}
