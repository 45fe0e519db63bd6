// Every setting there is, drawn from the server's schema: in groups that open, or as a list of what a search finds.
import { debounce, fill, h } from "../../lib/dom.mjs";
import { has, t } from "../../lib/i18n.mjs";
import { worded } from "../../lib/said.mjs";
import { badge, button, card, fold, input } from "../../components/ui.mjs";
import { icon } from "../../components/icons.mjs";
import { isFound, settingField } from "../../components/schema.mjs";

// the form's own fields say these
const own = new Set(["model.path", "captions.triggerWord", "saving.name", "saving.folder", "loop.resume", "samples.prompts", "data.folder"]);
const most = 40;

export function expertPanel(train) {
  const inGroups = schema => schema.groups.map(group => ({ ...group, settings: group.settings.filter(setting => !own.has(setting.path)) })).filter(group => group.settings.length);
  let groups = inGroups(train.schema), reading = null;
  const all = () => groups.flatMap(group => group.settings), known = new Set(all().map(setting => setting.path));
  // in this page's language: its words come with the first setting that is shown
  const inWords = () => reading ??= worded(train.schema).catch(() => train.schema).then(schema => groups = inGroups(schema));
  const search = input({ type: "search", placeholder: t("expert.search"), "aria-label": t("expert.search"), oninput: debounce(() => draw(), 150) });
  const body = h("div"), changed = h("p", { class: "row small-text" });
  let base = train.base, faults = {}, open = new Set();
  const element = card(h("div", null, h("h2", null, t("expert.title")), h("p", { class: "muted small-text" }, t("expert.text", { n: known.size }))), h("div", { class: "searchbox" }, icon("search"), search), changed, body);

  const one = setting => {
    const shown = settingField(setting, { value: train.draft.values[setting.path], base: () => base[setting.path], onchange: value => train.setValue(setting.path, value) });
    shown.fault(faults[setting.path]);
    return shown;
  };

  const name = group => has(`expert.group.${group.name}`) ? t(`expert.group.${group.name}`) : group.title;

  async function draw() {
    const text = search.value.trim();
    if (text) {
      await inWords();
      if (search.value.trim() !== text) return;
      const found = all().filter(setting => isFound(setting, text));
      fill(body, h("p", { class: "muted small-text", role: "status" }, t("expert.found", { n: found.length })), h("div", { class: "settings" }, found.slice(0, most).map(one)));
      return;
    }
    fill(body, groups.map(group => {
      const inside = h("div");
      let isFilled = false;
      const fillOnce = async () => {
        if (isFilled) return;
        isFilled = true;
        const { meaning, settings } = (await inWords()).find(one => one.name === group.name);
        const usual = settings.filter(setting => setting.level !== "expert"), rare = settings.filter(setting => setting.level === "expert");
        fill(inside, meaning && h("p", { class: "muted small-text" }, meaning), h("div", { class: "settings" }, (usual.length ? usual : rare).map(one)),
          usual.length > 0 && rare.length > 0 && fold(t("expert.rare", { n: rare.length }), h("div", { class: "settings" }, rare.map(one)), { open: rare.some(setting => setting.path in train.draft.values) }));
      };
      const here = group.settings.filter(setting => setting.path in train.draft.values).length;
      const element = fold(name(group), inside, { open: open.has(group.name), ontoggle: () => {
        open[element.open ? "add" : "delete"](group.name);
        if (element.open) fillOnce();
      } });
      if (here) element.querySelector("summary").append(badge(t("expert.yours", { n: here }), "accent"));
      if (open.has(group.name)) fillOnce();
      return element;
    }));
  }

  function count() {
    const names = Object.keys(train.draft.values);
    changed.hidden = !names.length;
    fill(changed, t("expert.changed", { n: names.length }), button(t("expert.reset"), { small: true, kind: "quiet", icon: "undo", onclick: () => train.change({ values: {} }) }));
  }

  draw();
  count();
  return {
    element,
    count,
    has: path => known.has(path),
    show() {
      base = train.base;
      draw();
      count();
    },
    faults(now) {
      faults = now;
      for (const shown of body.querySelectorAll(".setting")) shown.fault(faults[shown.dataset.path]);
      const hidden = Object.keys(faults).filter(path => known.has(path) && !body.querySelector(`[data-path="${CSS.escape(path)}"]`));
      // one that is not in sight is brought there
      for (const group of groups) if (hidden.some(path => path.startsWith(`${group.name}.`)) && !open.has(group.name)) open.add(group.name);
      if (hidden.length) draw();
    },
  };
}
