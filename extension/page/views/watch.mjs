// Watch: what is in work and what waits, and one training with all that can be seen of it.
import { append, fill, h, keyed } from "../lib/dom.mjs";
import { ago, duration, stageIn, t } from "../lib/i18n.mjs";
import { said } from "../lib/said.mjs";
import { View, heading } from "../lib/view.mjs";
import { button, empty, linkButton, progress } from "../components/ui.mjs";
import { icon } from "../components/icons.mjs";
import { badgeOf, isActive } from "./watch/state.mjs";

export default class Watch extends View {
  async render() {
    if (this.parameters[0]) {
      const { signal, parameters: [id] } = this, { RunView } = await import("./watch/run.mjs");
      if (signal.aborted) return undefined;
      this.run = new RunView(this, id);
      return this.run.open();
    }
    this.wait();
    this.#lists = null;
    await this.#look();
    const timer = setInterval(() => document.hidden || this.#look().catch(() => {}), 2000);
    this.signal.addEventListener("abort", () => clearInterval(timer));
    return undefined;
  }

  route() {
    return this.again();
  }

  left() {
    this.run = null;
  }

  returned() {
    if (this.parameters[0]) this.run?.returned();
    else this.#look().catch(() => {});
  }

  #lists = null;
  #dragged = null;

  async #look() {
    const { jobs } = await this.api.get("jobs", { query: { limit: 500 }, signal: this.signal });
    if (this.#dragged || this.signal.aborted || this.parameters[0]) return;
    this.queue = jobs.filter(job => job.state === "queued");
    if (!jobs.length) {
      this.#lists = null;
      if (!this.querySelector(".empty")) fill(this, heading(t("watch.title"), t("watch.lead")), empty("watch", t("watch.nothing"), t("watch.nothingText"), linkButton(t("watch.toTrain"), this.app.link("train"), { icon: "train", kind: "primary" })));
      return;
    }
    this.#lists ??= this.#frame();
    const parts = { now: jobs.filter(job => isActive(job)), queue: this.queue, paused: jobs.filter(job => job.state === "paused"), over: jobs.filter(job => ["finished", "failed", "cancelled"].includes(job.state)) };
    for (const [name, list] of Object.entries(parts)) {
      const { section, list: ul } = this.#lists[name];
      section.hidden = !list.length;
      keyed(ul, list, job => job.id, job => this.#line(job, name === "queue"), (line, job) => line.show(job));
    }
  }

  #frame() {
    const parts = {};
    fill(this, heading(t("watch.title"), t("watch.lead"), linkButton(t("watch.another"), this.app.link("train"), { icon: "plus" })));
    for (const name of ["now", "queue", "paused", "over"]) {
      const list = h("ol", { class: "jobs", "aria-label": t(`watch.lists.${name}`) });
      const section = h("section", { class: "stack tight" }, h("h2", null, t(`watch.lists.${name}`)), name === "queue" && h("p", { class: "muted small-text" }, t("watch.orderHint")), list);
      parts[name] = { section, list };
      append(this, [section]);
    }
    return parts;
  }

  #line(job, isQueue) {
    const bar = progress(job.name || job.id), state = h("span"), words = h("span", { class: "muted small-text grow" });
    const up = button("", { icon: "up", kind: "quiet", small: true, label: t("watch.up", { name: job.name }), onclick: () => this.#move(job.id, -1, up) });
    const down = button("", { icon: "down", kind: "quiet", small: true, label: t("watch.down", { name: job.name }), onclick: () => this.#move(job.id, 1, down) });
    const line = h("li", { class: "card job", draggable: isQueue ? "true" : null },
      isQueue && h("span", { class: "drag", "aria-hidden": "true" }, icon("drag")),
      h("div", { class: "stack tight" }, h("div", { class: "row between" }, h("a", { class: "job-name", href: this.app.link("watch", job.id) }, job.name || t(`watch.kinds.${job.kind}`)), state), bar, h("div", { class: "row small-text" }, words)),
      isQueue && h("div", { class: "row order" }, up, down));
    if (isQueue) this.#drag(line, job.id);
    line.show = now => {
      fill(state, badgeOf(now));
      bar.hidden = !isActive(now);
      bar.set(now.progress || null);
      const parts = [now.kind === "train" ? "" : t(`watch.kinds.${now.kind}`), isActive(now) ? stageIn(now.stage ?? "") : now.error ? said(now.error.message) : now.endedAt ? ago(now.endedAt) : ago(now.createdAt),
        now.startedAt && now.endedAt ? duration((new Date(now.endedAt) - new Date(now.startedAt)) / 1000) : ""].filter(Boolean);
      fill(words, parts.map((part, i) => [i > 0 && " · ", part]));
      const at = this.queue.findIndex(one => one.id === job.id);
      up.disabled = at <= 0;
      down.disabled = at < 0 || at === this.queue.length - 1;
    };
    line.show(job);
    return line;
  }

  async #move(id, way, control) {
    const at = this.queue.findIndex(job => job.id === id), before = way < 0 ? this.queue[at - 1]?.id : this.queue[at + 2]?.id ?? "";
    if (await this.#put(id, before)) (control.disabled ? control.parentElement.querySelector("button:not(:disabled)") : control)?.focus();
  }

  async #put(id, before) {
    const done = await this.doing(null, () => this.api.patch(`jobs/${id}`, { before }));
    this.#dragged = null;
    await this.#look().catch(error => this.app.fail(error));
    if (done) this.app.toast(t("watch.moved", { name: done.name, place: this.queue.findIndex(job => job.id === id) + 1 }), { kind: "info" });
    return done;
  }

  #drag(line, id) {
    line.addEventListener("dragstart", event => {
      this.#dragged = line;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", id);
      line.classList.add("dragged");
    });
    line.addEventListener("dragover", event => {
      if (!this.#dragged || this.#dragged === line) return;
      event.preventDefault();
      const box = line.getBoundingClientRect();
      line[event.clientY < box.top + box.height / 2 ? "before" : "after"](this.#dragged);
    });
    line.addEventListener("drop", event => event.preventDefault());
    line.addEventListener("dragend", () => {
      line.classList.remove("dragged");
      const next = line.nextElementSibling?.dataset.key ?? "";
      this.#put(id, next);
    });
  }
}

