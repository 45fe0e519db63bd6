// A picture and its caption, which is saved by itself.
import { debounce, h, newId } from "../../lib/dom.mjs";
import { inPath } from "../../lib/api.mjs";
import { number, t } from "../../lib/i18n.mjs";
import { button } from "../../components/ui.mjs";
import { showPictures } from "../../components/viewer.mjs";

export class PictureCard {
  #saved;
  #saving = null;

  constructor(editor, picture) {
    const { api } = editor, id = newId("caption");
    Object.assign(this, { editor, picture });
    this.#saved = picture.caption ?? "";
    this.area = h("textarea", { class: "input", id, rows: 3, value: this.#saved, placeholder: t("pictures.captionHint"), "aria-describedby": `${id}-state`, oninput: () => this.#typed(), onchange: () => this.save() });
    this.tokens = h("span", { class: "tokens number" });
    this.state = h("span", { class: "state", role: "status" });
    this.mark = h("input", { type: "checkbox", class: "check", "aria-label": t("pictures.mark", { name: picture.name }), onchange: () => {
      editor.marked[this.mark.checked ? "add" : "delete"](picture.name);
      editor.bulk.show();
    } });
    const image = h("img", { src: api.url(picture.thumbnail, { size: 256 }), alt: "", loading: "lazy", decoding: "async" });
    image.addEventListener("error", () => image.remove());
    this.element = h("article", { class: "picture", "aria-label": picture.name },
      h("div", { class: "picture-frame" },
        h("button", { type: "button", class: "picture-open", "aria-label": t("picture.enlarge", { name: picture.name }), onclick: () => this.#large() }, image),
        this.mark),
      h("div", { class: "picture-body" },
        h("label", { class: "unseen", for: id }, t("pictures.captionOf", { name: picture.name })), this.area,
        h("div", { class: "picture-line", id: `${id}-state` }, this.tokens, this.state, button("", { icon: "trash", kind: "quiet", small: true, label: t("pictures.takeOut", { name: picture.name }), onclick: () => editor.takeOut(picture.name) })),
        h("p", { class: "picture-name muted" }, picture.name)));
    this.element.card = this;
    this.#count(picture.tokens);
    if (picture.problem) this.state.textContent = picture.problem;
  }

  /** Shows what the list says; what is being typed stays. */
  update(picture) {
    this.picture = picture;
    this.mark.checked = this.editor.marked.has(picture.name);
    const caption = picture.caption ?? "";
    if (caption === this.#saved || this.area.value !== this.#saved) return;
    this.area.value = this.#saved = caption;
    this.#count(picture.tokens);
  }

  get isUnsaved() {
    return this.#saving !== null || this.area.value.trim() !== this.#saved;
  }

  #typed() {
    this.state.textContent = "";
    this.#live();
    this.#later();
  }

  #live = debounce(async () => {
    const text = this.area.value;
    try {
      const { tokens } = await this.editor.api.post("tokens", { text });
      if (text === this.area.value) this.#count(tokens);
    } catch {
      // counted when it is saved
    }
  }, 200);

  #later = debounce(() => this.save(), 900);

  /** Writes the caption if it is another than the saved one. */
  async save({ keepalive } = {}) {
    const { editor, area } = this;
    if (this.#saving) await this.#saving;
    const text = area.value.trim();
    if (text === this.#saved) return;
    const before = this.#saved;
    this.#saved = text;
    this.#saving = (async () => {
      try {
        const path = `datasets/${editor.id}/captions/${inPath(this.picture.name)}`;
        if (keepalive) {
          await fetch(editor.api.url(path), { method: "PUT", keepalive: true, headers: { "Content-Type": "application/json" }, body: JSON.stringify({ caption: text }) });
          return;
        }
        this.state.textContent = t("pictures.saving");
        const report = await editor.api.put(path, { caption: text });
        Object.assign(this.picture, { caption: report.caption, tags: report.tags, tokens: report.tokens });
        if (area.value.trim() === text) this.#count(report.tokens);
        area.removeAttribute("aria-invalid");
        this.state.textContent = t("pictures.saved");
        editor.canStep({ canUndo: true, canRedo: false });
        editor.readTags();
      } catch (error) {
        this.#saved = before;                                                   // so that it is tried again
        this.state.textContent = t("pictures.notSaved");
        area.setAttribute("aria-invalid", "true");
        editor.app.fail(error);
      } finally {
        this.#saving = null;
      }
    })();
    await this.#saving;
  }

  // CLIP reads 75 tokens at a time; training takes as many as 225
  #count(tokens) {
    this.tokens.textContent = "";
    if (tokens === null || tokens === undefined) return;
    const limit = tokens <= 75 ? 75 : tokens <= 150 ? 150 : 225;
    this.tokens.textContent = t("pictures.tokens", { n: tokens, limit });
    this.tokens.className = `tokens number ${tokens > 225 ? "bad" : tokens > 75 ? "warn" : ""}`;
    this.tokens.title = tokens > 225 ? t("pictures.tokensCut") : tokens > 75 ? t("pictures.tokensMany") : "";
  }

  #large() {
    const { editor } = this, list = editor.found;
    showPictures(editor.app.layer, list.map(picture => ({ src: editor.api.url(`datasets/${editor.id}/pictures/${inPath(picture.name)}`), title: picture.name, text: `${number(picture.width)} × ${number(picture.height)}${picture.caption ? ` · ${picture.caption}` : ""}` })), Math.max(0, list.indexOf(this.picture)));
  }
}
