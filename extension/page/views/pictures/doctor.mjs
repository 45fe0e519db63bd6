// What the doctor says of a data set, with cures that one click carries out.
import { fill, h } from "../../lib/dom.mjs";
import { inPath } from "../../lib/api.mjs";
import { has, t } from "../../lib/i18n.mjs";
import { said } from "../../lib/said.mjs";
import { badge, button, card } from "../../components/ui.mjs";

const signs = { error: "bad", warning: "warn", information: "" };

export function doctorPanel(editor) {
  const body = h("div", { class: "stack", role: "status" }), look = button(t("doctor.look"), { small: true, icon: "search", onclick: () => examine() });
  const element = card(h("div", { class: "row between" }, h("h2", null, t("doctor.title")), look), body);
  let seen = false;
  fill(body, h("p", { class: "muted small-text" }, t("doctor.before")));

  async function examine() {
    fill(body, h("p", { class: "muted small-text" }, t("doctor.looking")));
    const report = await editor.view.doing(look, () => editor.api.post(`datasets/${editor.id}/doctor`, {}, { signal: editor.signal }));
    if (report) show(report);
    seen = true;
  }

  function show(report) {
    const groups = Map.groupBy(report.findings, finding => `${finding.severity} ${finding.kind}`);
    fill(body,
      h("p", { class: "row" }, report.canStart ? badge(t(report.findings.some(finding => finding.severity === "warning") ? "doctor.warnings" : "doctor.good"), report.findings.some(finding => finding.severity === "warning") ? "warn" : "good") : badge(t("doctor.bad"), "bad")),
      [...groups.values()].map(findings => group(findings)));
  }

  function group(findings) {
    const [first] = findings, cures = first.cures ?? [];
    const name = has(`doctor.kind.${first.kind}`) ? t(`doctor.kind.${first.kind}`) : said(first.sentence);
    const about = findings.filter(finding => finding.picture);
    const details = h("details", { class: "finding" },
      h("summary", null, badge(about.length > 1 ? String(about.length) : t(`doctor.${first.severity}`), signs[first.severity]), h("span", null, name)),
      h("div", { class: "stack tight" },
        h("p", { class: "small-text" }, has(`doctor.advice.${first.kind}`) ? t(`doctor.advice.${first.kind}`) : said(first.advice)),
        about.length > 1 && cures.length > 0 && h("div", { class: "actions" }, cures.map(cure => button(t(`doctor.all.${cure}`, { n: about.length }), { small: true, onclick: event => apply(event.currentTarget, about, cure) }))),
        h("ul", { class: "stack tight" }, findings.slice(0, 50).map(finding => h("li", { class: "finding-line" },
          finding.picture && h("img", { src: editor.api.url(`datasets/${editor.id}/thumbnails/${inPath(finding.picture)}`, { size: 128 }), alt: "", loading: "lazy" }),
          h("div", null, finding.path && h("b", { class: "small-text" }, finding.path), h("p", { class: "small-text muted" }, said(finding.sentence), finding.others?.length ? ` (${finding.others.join(", ")})` : ""),
            finding.picture && cures.map(cure => button(t(`doctor.cure.${cure}`), { small: true, "aria-label": `${t(`doctor.cure.${cure}`)}: ${finding.picture}`, onclick: event => apply(event.currentTarget, [finding], cure) })))))),
        findings.length > 50 && h("p", { class: "small-text muted" }, t("doctor.more", { n: findings.length - 50 }))));
    if (first.severity === "error") details.open = true;
    return details;
  }

  async function apply(control, findings, cure) {
    const done = await editor.view.doing(control, async () => {
      // of twins only one goes
      const gone = new Set();
      for (const { picture, others } of findings) {
        if (gone.has(picture) || (cure === "remove" && others?.length && others.every(other => gone.has(other)))) continue;
        await editor.api.post(`datasets/${editor.id}/doctor/cure`, { apply: cure, picture });
        gone.add(picture);
      }
      return gone.size;
    });
    if (done) editor.app.toast(t("doctor.cured", { n: done }), { cure: cure === "remove" ? t("pictures.takenOutCure") : undefined });
    try {
      await editor.refresh();
    } catch (error) {
      editor.app.fail(error);
    }
    await examine();
  }

  return { element, examine, again: () => seen && editor.pictures.length <= 100 && examine() };
}
