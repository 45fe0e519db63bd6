// What makes adapters of adapters: other ranks, other spellings, the difference of two checkpoints; and two adapters side by side.
import { h } from "../../lib/dom.mjs";
import { number, t } from "../../lib/i18n.mjs";
import { keepWhenDone } from "../../lib/work.mjs";
import { banner, button, card, field, fold, input, select } from "../../components/ui.mjs";
import { thumb, factsOf } from "../../components/adapters.mjs";
import { choicesOf } from "../../components/picture.mjs";

const types = () => [["", t("adapters.sameType")], ["f16", "float16"], ["bf16", "bfloat16"], ["f32", "float32"]];

/** Asks for a tool's numbers, queues its job, and keeps the file when it is there. */
async function tool(view, { title, text, kind, name, fields, request }) {
  const nameBox = input({ value: name }), nameField = field(t("blend.bakeName"), nameBox, { hint: t("choose.nameHint") });
  const job = await view.app.dialog({
    title,
    body: () => [h("p", { class: "muted" }, text), ...fields, nameField],
    actions: close => [button(t("do.cancel"), { onclick: () => close(null) }), button(t("adapters.begin"), { kind: "primary", onclick: event => view.doing(event.currentTarget, async () => {
      const wanted = nameBox.value.trim();
      if (!wanted) return nameField.fault(t("errors.saySomething"));
      // the model in use says what the layers are
      const basePath = (await choicesOf(view.app)).checkpoints.find(one => one.isChosen)?.title;
      const { jobs } = await view.api.post("jobs", { kind, name: wanted, request: { basePath, ...request(), output: `${wanted.replace(/[\\/:<>|?*"]/g, "-")}.safetensors` } });
      close(jobs[0]);
    }) })],
  });
  if (!job) return;
  view.app.countJobs?.();
  if (await keepWhenDone(view.app, job, nameBox.value.trim())) view.load?.().catch(() => {});
}

export function resize(view, one) {
  const rank = input({ type: "number", min: 1, max: 1024, value: Math.max(1, Math.round((one.maxRank || 32) / 2)), autofocus: true }), part = input({ type: "number", min: 0.5, max: 1, step: 0.01, placeholder: t("adapters.allRanks") }), type = select(types(), {});
  return tool(view, {
    title: t("adapters.resize"), text: t("adapters.resizeText"), kind: "resize", name: `${one.name}-small`,
    fields: [h("div", { class: "pair" }, field(t("adapters.newRank"), rank, { hint: t("adapters.rankNow", { n: String(one.maxRank) }) }), field(t("adapters.share"), part, { hint: t("adapters.shareHint") })), field(t("adapters.type"), type)],
    request: () => ({ input: one.name, options: { rank: part.value ? { method: "frobenius", threshold: Number(part.value), most: Number(rank.value) } : { method: "fixed", most: Number(rank.value) }, ...type.value && { saveType: type.value } } }),
  });
}

export function convert(view, one) {
  const layout = select([["kohya", t("adapters.kohya")], ["diffusers", t("adapters.diffusers")]], { autofocus: true }), type = select(types(), {}), strip = select(["none", "private", "all"].map(name => [name, t(`adapters.strip.${name}`)]), {});
  return tool(view, {
    title: t("adapters.convert"), text: t("adapters.convertText"), kind: "convert", name: `${one.name}-converted`,
    fields: [h("div", { class: "pair" }, field(t("adapters.layout"), layout), field(t("adapters.type"), type)), field(t("adapters.stripLabel"), strip)],
    request: () => ({ input: one.name, options: { layout: layout.value, strip: strip.value, ...type.value && { saveType: type.value } } }),
  });
}

export async function extract(view) {
  try {
    const { checkpoints } = await choicesOf(view.app), list = checkpoints.map(one => [one.title, one.name]);
    const tuned = select(list, {}), base = select(list, { value: list[1]?.[0] ?? list[0]?.[0] }), rank = input({ type: "number", min: 1, max: 1024, value: 32 });
    await tool(view, {
      title: t("adapters.extract"), text: t("adapters.extractText"), kind: "extract", name: "extracted",
      fields: [list.length < 2 && banner("warning", t("adapters.fewCheckpoints")), field(t("adapters.tuned"), tuned), field(t("adapters.base"), base), field(t("adapters.newRank"), rank)],
      request: () => ({ tunedPath: tuned.value, basePath: base.value, options: { rank: { method: "fixed", most: Number(rank.value) } } }),
    });
  } catch (error) {
    view.app.fail(error);
  }
}

/** Two adapters side by side: facts, what they say differently, which tensors differ. */
export async function compare(view, left, right) {
  let found;
  try {
    found = await view.api.get("adapter-comparison", { query: { left, right } });
  } catch (error) {
    return view.app.fail(error);
  }
  const { metadata, tensors } = found;
  const short = text => text.length > 160 ? `${text.slice(0, 160)}…` : text;
  const table = (keys, title) => fold(title, keys.different.length + keys.onlyLeft.length + keys.onlyRight.length === 0 ? h("p", { class: "muted" }, t("adapters.allSame", { n: keys.same })) : h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": title }, h("table", null,
    h("thead", null, h("tr", null, h("th", { scope: "col" }, t("adapters.key")), h("th", { scope: "col" }, left), h("th", { scope: "col" }, right))),
    h("tbody", null, [...keys.different.map(one => [one.key, short(one.left), short(one.right)]), ...keys.onlyLeft.map(key => [key, t("adapters.there"), "–"]), ...keys.onlyRight.map(key => [key, "–", t("adapters.there")])].slice(0, 400).map(([key, a, b]) => h("tr", null, h("th", { scope: "row" }, h("code", null, key)), h("td", null, a), h("td", null, b)))))), { open: keys === metadata });
  const head = one => h("div", { class: "adapter-head" }, thumb(view.api, one), h("div", null, h("b", null, one.name), h("p", { class: "small-text muted" }, factsOf(one))));
  return view.app.dialog({
    title: t("adapters.compareTitle"), wide: true,
    body: () => [h("div", { class: "pair" }, head(found.left), head(found.right)),
      found.sameData !== null && found.sameData !== undefined && banner(found.sameData ? "info" : "good", t(found.sameData ? "adapters.sameData" : "adapters.otherData")),
      table(metadata, t("adapters.metadataDiffer", { n: metadata.different.length + metadata.onlyLeft.length + metadata.onlyRight.length, same: number(metadata.same) })),
      table(tensors, t("adapters.tensorsDiffer", { n: tensors.different.length + tensors.onlyLeft.length + tensors.onlyRight.length, same: number(tensors.same) }))],
    actions: close => [button(t("blend.title"), { icon: "blend", kind: "primary", onclick: () => {
      close();
      view.app.go("blend", left, right);
    } })],
  });
}
