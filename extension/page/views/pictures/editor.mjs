// One data set: its pictures with their captions, and what there is to do with all of them.
import { append, debounce, fill, h } from "../../lib/dom.mjs";
import { t } from "../../lib/i18n.mjs";
import { heading } from "../../lib/view.mjs";
import { upload, uploadOf } from "../../lib/uploads.mjs";
import { button, empty, input, menu } from "../../components/ui.mjs";
import { icon } from "../../components/icons.mjs";
import { catchDrops, dropZone } from "../../components/drop.mjs";
import { Grid } from "../../components/grid.mjs";
import { PictureCard } from "./card.mjs";
import { uploadPanel } from "./upload.mjs";
import { doctorPanel } from "./doctor.mjs";
import { bulkPanel, tagsPanel } from "./tags.mjs";
import { showVersions } from "./versions.mjs";

export class Editor {
  pictures = [];
  tags = [];
  /** Tags that are filtered by. */
  wanted = new Set();
  /** Names of pictures that were marked. */
  marked = new Set();

  static async open(view, id) {
    const editor = new Editor();
    Object.assign(editor, { view, id, app: view.app, api: view.api, signal: view.signal });
    editor.set = await view.api.get(`datasets/${id}`, { signal: view.signal });
    await editor.load();
    editor.draw();
    return editor;
  }

  async load() {
    const all = [];
    for (let page; !page || all.length < page.total; all.push(...page.pictures)) {
      page = await this.api.get(`datasets/${this.id}/pictures`, { query: { offset: all.length, limit: 500 }, signal: this.signal });
      if (!page.pictures.length) break;
    }
    this.pictures = all;
  }

  draw() {
    const { set } = this;
    this.grid = Grid.of({ label: t("pictures.title"), width: "12.5rem", key: picture => picture.name, create: picture => new PictureCard(this, picture).element, update: (element, picture) => element.card.update(picture), keeps: element => element.card.isUnsaved });
    this.search = input({ type: "search", placeholder: t("pictures.search"), "aria-label": t("pictures.search"), oninput: debounce(() => this.filter(), 150) });
    this.undoButton = button("", { icon: "undo", label: t("do.undo"), disabled: true, onclick: () => this.step("undo") });
    this.redoButton = button("", { icon: "redo", label: t("do.redo"), disabled: true, onclick: () => this.step("redo") });
    this.line = h("p", { class: "muted small-text", role: "status" });
    this.head = h("div");
    this.body = h("div", { class: "stack" });
    this.tagsPanel = tagsPanel(this);
    this.doctor = doctorPanel(this);
    this.bulk = bulkPanel(this);
    const picker = dropZone({ title: t("pictures.more"), text: t("pictures.dropText"), folders: true, small: true, onfiles: files => this.take(files) });
    this.upload = uploadPanel(this);
    fill(this.view, this.head, this.upload.element, this.body);
    catchDrops(this.view, files => this.take(files), { signal: this.signal });
    this.parts = {
      many: h("div", { class: "columns" },
        h("div", { class: "stack" },
          h("div", { class: "row toolbar" }, h("div", { class: "searchbox" }, icon("search"), this.search), this.bulk.opener, this.undoButton, this.redoButton),
          this.bulk.element, this.line, this.grid, picker),
        h("aside", { class: "stack" }, this.doctor.element, this.tagsPanel.element)),
      none: empty("pictures", t("pictures.none"), t("pictures.noneText")),
    };
    this.parts.none.append(h("div", { class: "actions" }, [...dropZone({ title: "", folders: true, onfiles: files => this.take(files) }).children].slice(2)));
    this.view.addEventListener("keydown", event => {
      const isText = event.composedPath()[0].matches?.("textarea, input:not([type=checkbox])");
      if (!isText && (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
        event.preventDefault();
        this.step(event.shiftKey ? "redo" : "undo");
      }
    }, { signal: this.signal });
    addEventListener("pagehide", () => this.leave(), { signal: this.signal });
    this.show();
    this.readTags();
    this.readHistory();
    const running = uploadOf(this.id);
    if (running) this.upload.follow(running);
    else if (this.pictures.length && this.pictures.length <= 100) this.doctor.examine();
    document.title = `${set.name} – LoraBridge`;
  }

  /** Draws what depends on the list of pictures. */
  show() {
    const { set } = this, isEmpty = !this.pictures.length;
    fill(this.head, heading(set.name, h("span", null, t("pictures.count", { n: this.pictures.length })),
      button(t("pictures.all"), { icon: "left", kind: "quiet", onclick: () => this.app.go("pictures") }),
      menu(t("do.more"), [
        { text: t("do.rename"), icon: "edit", onclick: () => this.rename() },
        { text: t("versions.title"), icon: "clock", onclick: () => showVersions(this) },
        { text: t("pictures.delete"), icon: "trash", kind: "danger", onclick: () => this.remove() },
      ]),
      !isEmpty && button(t("pictures.train"), { icon: "train", kind: "primary", onclick: () => this.app.go("train", "with", this.id) })));
    const part = isEmpty ? this.parts.none : this.parts.many;
    part.hidden = isEmpty && Boolean(uploadOf(this.id));
    if (this.body.firstChild !== part) fill(this.body, part);
    this.filter();
  }

  filter() {
    const text = this.search.value.trim().toLocaleLowerCase();
    this.found = this.pictures.filter(picture => (!text || `${picture.name} ${picture.caption ?? ""}`.toLocaleLowerCase().includes(text))
      && [...this.wanted].every(tag => picture.tags.some(one => one.toLocaleLowerCase() === tag)));
    this.grid.items = this.found;
    const bare = this.pictures.filter(picture => !picture.caption).length;
    this.line.textContent = this.found.length < this.pictures.length ? t("pictures.found", { n: this.found.length, all: this.pictures.length })
      : bare ? t("pictures.bare", { n: bare }) : "";
    this.line.hidden = !this.line.textContent;
    this.bulk.show();
  }

  /** The pictures that a change of many captions means; null for all of them. */
  get meant() {
    if (this.marked.size) return this.pictures.filter(picture => this.marked.has(picture.name)).map(picture => picture.name);
    return this.found.length < this.pictures.length ? this.found.map(picture => picture.name) : null;
  }

  /** Takes the list of pictures, the tags and the history anew. */
  async refresh() {
    await this.load();
    for (const name of this.marked) if (!this.pictures.some(picture => picture.name === name)) this.marked.delete(name);
    this.show();
    this.readTags();
    this.readHistory();
  }

  readTags = debounce(async () => {
    try {
      this.tags = await this.api.get(`datasets/${this.id}/tags`, { signal: this.signal });
      this.tagsPanel.show();
    } catch {
      // they are shown with the next change
    }
  }, 250);

  async readHistory() {
    try {
      const { undo, redo } = await this.api.get(`datasets/${this.id}/caption-edits`, { signal: this.signal });
      this.canStep({ canUndo: undo.length > 0, canRedo: redo.length > 0 }, undo[0]?.description, redo[0]?.description);
    } catch {
      // the buttons stay as they are
    }
  }

  canStep({ canUndo, canRedo }, undo, redo) {
    this.undoButton.disabled = !canUndo;
    this.redoButton.disabled = !canRedo;
    this.undoButton.title = undo ? `${t("do.undo")}: ${undo}` : t("do.undo");
    this.redoButton.title = redo ? `${t("do.redo")}: ${redo}` : t("do.redo");
  }

  async step(way) {
    await this.saveAll();
    const report = await this.view.doing(way === "undo" ? this.undoButton : this.redoButton, () => this.api.post(`datasets/${this.id}/caption-edits/${way}`));
    if (!report) return this.readHistory();
    this.app.toast(t(way === "undo" ? "pictures.undone" : "pictures.redone", { what: report.description }), { kind: "info", cure: report.skipped.length ? t("pictures.skipped", { n: report.skipped.length }) : undefined });
    return this.refresh();
  }

  take(files) {
    const running = upload(this.api, this.id, files);
    this.upload.follow(running);
    this.show();
  }

  async rename() {
    const name = await this.app.ask({ title: t("do.rename"), label: t("pictures.name"), value: this.set.name, yes: t("do.save") });
    const set = name && await this.view.doing(null, () => this.api.patch(`datasets/${this.id}`, { name }));
    if (set) this.set = set;
    this.show();
  }

  async remove() {
    const text = this.set.isRegistered ? t("pictures.deleteFolder", { folder: this.set.folder }) : t("pictures.deleteText", { n: this.pictures.length });
    if (!await this.app.confirm({ title: t("pictures.deleteTitle", { name: this.set.name }), text, yes: t("do.delete") })) return;
    if (await this.view.doing(null, async () => (await this.api.delete(`datasets/${this.id}`), true))) this.app.go("pictures");
  }

  async takeOut(name) {
    if (!await this.view.doing(null, async () => (await this.api.delete(`datasets/${this.id}/pictures/${name.split("/").map(encodeURIComponent).join("/")}`), true))) return;
    this.app.toast(t("pictures.takenOut", { name }), { kind: "info", cure: t("pictures.takenOutCure") });
    await this.refresh();
  }

  get cards() {
    return [...this.grid.querySelectorAll(".picture")].map(element => element.card);
  }

  saveAll() {
    return Promise.all(this.cards.map(card => card.save()));
  }

  leave() {
    for (const card of this.cards) card.save({ keepalive: true });
  }

  returned() {
    this.saveAll();
  }
}
