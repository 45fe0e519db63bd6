// Pictures: the data sets, and one of them with its captions. Dropping pictures is enough to begin.
import { h, append, fill } from "../lib/dom.mjs";
import { ago, t } from "../lib/i18n.mjs";
import { View, heading } from "../lib/view.mjs";
import { upload } from "../lib/uploads.mjs";
import { badge, button, empty } from "../components/ui.mjs";
import { catchDrops, dropZone } from "../components/drop.mjs";
import { Grid } from "../components/grid.mjs";

export default class Pictures extends View {
  async render() {
    this.wait();
    if (this.parameters[0]) return this.#edit(this.parameters[0]);
    const all = await this.api.get("datasets", { signal: this.signal });
    fill(this);
    append(this, [heading(t("pictures.title"), t("pictures.lead"), all.length > 0 && button(t("pictures.new"), { icon: "plus", kind: "primary", onclick: () => this.#make() }))]);
    if (!all.length) return append(this, [this.#first()]);
    const grid = Grid.of({ label: t("pictures.sets"), width: "16rem", key: set => set.id, create: set => this.#card(set) });
    append(this, [grid, this.#drop(true)]);
    grid.items = all.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
    return undefined;
  }

  route() {
    return this.again();
  }

  left() {
    this.editor?.leave();
    this.editor = null;
  }

  returned() {
    this.editor?.returned();
  }

  async #edit(id) {
    try {
      const { signal } = this, { Editor } = await import("./pictures/editor.mjs");
      if (signal.aborted) return;
      this.editor = await Editor.open(this, id);
    } catch (error) {
      if (error.status !== 404) throw error;
      fill(this, heading(t("pictures.title")), empty("pictures", t("pictures.gone"), t("errors.deleted"), button(t("pictures.all"), { kind: "primary", onclick: () => this.app.go("pictures") })));
    }
  }

  #first() {
    const zone = this.#drop(false);
    return h("div", { class: "stack wide" }, zone, h("ol", { class: "steps" }, ["drop", "caption", "train", "choose"].map(step => h("li", null, h("b", null, t(`pictures.how.${step}`)), h("p", { class: "muted small-text" }, t(`pictures.how.${step}Text`))))));
  }

  #drop(small) {
    const zone = dropZone({ title: t("pictures.drop"), text: t("pictures.dropText"), folders: true, small, onfiles: files => this.#take(files) });
    catchDrops(this, files => this.#take(files), { signal: this.signal });
    return zone;
  }

  /** Makes a data set of what was dropped, named as its folder or archive is. */
  async #take(files) {
    const folder = files[0].name.includes("/") ? files[0].name.split("/")[0] : /\.zip$/i.test(files[0].name) ? files[0].name.replace(/\.zip$/i, "") : null;
    const set = await this.doing(null, () => this.api.post("datasets", { name: (folder ?? t("pictures.unnamed")).slice(0, 100) }));
    if (!set) return;
    upload(this.api, set.id, files);
    this.app.go("pictures", set.id);
  }

  async #make() {
    const name = await this.app.ask({ title: t("pictures.new"), label: t("pictures.name"), hint: t("pictures.nameHint"), yes: t("do.create") });
    const set = name && await this.doing(null, () => this.api.post("datasets", { name }));
    if (set) this.app.go("pictures", set.id);
  }

  #card(set) {
    const strip = h("div", { class: "strip", "aria-hidden": "true" });
    this.api.get(`datasets/${set.id}/pictures`, { query: { limit: 4 }, signal: this.signal })
      .then(page => append(strip, page.pictures.map(picture => h("img", { src: this.api.url(picture.thumbnail, { size: 256 }), alt: "", loading: "lazy", decoding: "async" }))), () => {});
    return h("a", { class: "card set", href: this.app.link("pictures", set.id) }, strip,
      h("div", { class: "stack tight" }, h("b", { class: "set-name", title: set.name }, set.name),
        h("p", { class: "row small-text muted" }, t("pictures.count", { n: set.pictures }), " · ", ago(set.createdAt)),
        h("div", { class: "set-state" }, set.pictures > 0 && (set.captioned === set.pictures ? badge(t("pictures.allCaptioned"), "good") : badge(t("pictures.captioned", { n: set.captioned, all: set.pictures }), set.captioned ? "" : "warn")))));
  }
}
