// One job: how far it is, what can be done with it, its lines, its samples and its warnings. All of it comes from its events.
import { fill, h, keyed, set } from "../../lib/dom.mjs";
import { follow, sleep } from "../../lib/events.mjs";
import { inPath } from "../../lib/api.mjs";
import { bytes, duration, number, stageIn, t } from "../../lib/i18n.mjs";
import { said } from "../../lib/said.mjs";
import { heading } from "../../lib/view.mjs";
import { banner, button, card, choices, empty, fold, linkButton, menu, progress } from "../../components/ui.mjs";
import { Chart } from "../../components/chart.mjs";
import { showPictures } from "../../components/viewer.mjs";
import { RunHistory } from "./history.mjs";
import { badgeOf, isActive, isOver, settingOf } from "./state.mjs";

const series = ["--series-1", "--series-2", "--series-3", "--series-4", "--series-5"];

export class RunView {
  #asked = 0;
  #woken = null;

  constructor(view, id) {
    Object.assign(this, { view, id, app: view.app, api: view.api, signal: view.signal, shown: "loss" });
  }

  async open() {
    try {
      this.job = await this.api.get(`jobs/${this.id}`, { signal: this.signal });
    } catch (error) {
      if (error.status !== 404) throw error;
      fill(this.view, heading(t("watch.title")), empty("watch", t("watch.gone"), t("errors.deleted"), linkButton(t("watch.all"), this.app.link("watch"), { kind: "primary" })));
      return;
    }
    this.history = new RunHistory();
    this.#frame();
    this.#show();
    this.#follow();
  }

  returned() {
    this.#woken?.abort();
    this.#read();
  }

  /** Events from the first on; after the end it waits for the job to be taken up again. */
  async #follow() {
    let after = 0;
    while (!this.signal.aborted) {
      try {
        for await (const event of follow(this.api, this.id, { after, signal: this.signal })) {
          if (event) {
            after = event.number;
            if (this.history.take(event)) this.#read();
          }
          this.#ask();
        }
      } catch (error) {
        if (error.status === 404) return;
      }
      await this.#read();
      // resumed or made longer, here or elsewhere
      this.#woken = new AbortController();
      await sleep(5000, AbortSignal.any([this.signal, this.#woken.signal]));
      if (!this.signal.aborted) await this.#read();
      while (!this.signal.aborted && isOver(this.job)) {
        this.#woken = new AbortController();
        await sleep(5000, AbortSignal.any([this.signal, this.#woken.signal]));
        if (!document.hidden) await this.#read();
      }
    }
  }

  async #read() {
    try {
      this.job = await this.api.get(`jobs/${this.id}`, { signal: this.signal });
      this.#ask();
    } catch {
      // told elsewhere; the events come again
    }
  }

  #ask() {
    if (!this.#asked) this.#asked = requestAnimationFrame(() => {
      this.#asked = 0;
      if (!this.signal.aborted) this.#show();
    });
  }

  #frame() {
    this.parts = {
      head: h("div"), notice: h("div", { class: "stack tight" }), bar: progress(t("watch.progress")), words: h("p", { class: "row between small-text", role: "status" }), facts: h("dl", { class: "facts" }),
      samples: h("div", { class: "samples" }), warnings: h("ul", { class: "stack tight" }), bands: h("p", { class: "muted small-text", hidden: true }),
    };
    const { head, notice, bar, words, facts, samples, warnings, bands } = this.parts;
    this.chart = Chart.of({ label: t("watch.chart"), x: t("watch.step") });
    const which = choices(t("watch.chart"), ["loss", "bands", "rate"].map(value => ({ value, title: t(`watch.charts.${value}`) })), { value: this.shown, onchange: value => {
      this.shown = value;
      this.#draw();
    } });
    this.chartCard = card(h("div", { class: "row between" }, h("h2", null, t("watch.chart")), which), this.chart, bands);
    this.sampleCard = card(h("h2", null, t("watch.samples")), samples);
    this.warningCard = card(h("h2", null, t("watch.warnings")), warnings);
    const log = h("pre", { class: "log", tabindex: 0, "aria-label": t("watch.log") });
    this.log = fold(t("watch.log"), log, { ontoggle: async () => {
      if (!this.log.open) return;
      const answer = await fetch(this.api.url(`jobs/${this.id}/log`)).catch(() => null);
      log.textContent = (answer?.ok && await answer.text()) || t("watch.noLog");
      log.scrollTop = log.scrollHeight;
    } });
    const request = fold(t("watch.settings"), h("pre", { class: "log", tabindex: 0, "aria-label": t("watch.settings") }, JSON.stringify(this.job.request, null, 2)));
    fill(this.view, head, notice, card(bar, words, facts), this.chartCard, this.sampleCard, this.warningCard, h("div", null, this.log, request));
  }

  #show() {
    const { job, history, parts } = this, { last } = history, signature = `${job.state} ${job.stop} ${job.name} ${job.error?.message}`;
    if (this.signature !== signature) {
      this.signature = signature;
      this.#head();
    }
    const isWaiting = isActive(job) && (history.waiting?.place > 0 || !last);
    parts.bar.hidden = job.state === "queued";
    parts.bar.set(job.state === "finished" ? 1 : last ? last.step / last.steps : isActive(job) ? history.stage?.fraction ?? null : job.progress, job.stage);
    fill(parts.words,
      h("span", null, job.state === "queued" ? t("watch.queued") : isOver(job) || job.state === "paused" ? last ? t("watch.ended", { step: last.step, steps: last.steps, epoch: last.epoch }) : t(`watch.state.${job.state}`)
        : history.waiting?.place > 0 ? t("watch.waits", { n: history.waiting.place }) : history.stage?.stage ? stageIn(history.stage.stage) : isWaiting ? t("watch.begins") : t("watch.atStep", { step: last.step, steps: last.steps, epoch: last.epoch, epochs: last.epochs })),
      isActive(job) && last && h("b", { class: "number" }, t("watch.left", { time: duration(last.secondsLeft) })));
    parts.facts.hidden = !last;
    if (last) this.#facts(last);
    this.chartCard.hidden = !history.loss.length && !history.heldOut.length;
    if (!this.chartCard.hidden) this.#draw();
    this.#samples();
    const { warnings } = history;
    this.warningCard.hidden = !warnings.length;
    keyed(parts.warnings, warnings, text => text, text => h("li", null, banner("warning", said(text))));
  }

  #facts(last) {
    const { heldOut } = this.history, all = {
      loss: number(last.smoothedLoss, { maximumSignificantDigits: 3 }), heldOut: heldOut.length ? number(heldOut.at(-1)[1], { maximumSignificantDigits: 3 }) : null, rate: number(last.learningRate, { notation: "scientific", maximumSignificantDigits: 2 }),
      speed: t("watch.perSecond", { n: last.picturesPerSecond }), memory: bytes(last.peakMemory), epoch: t("watch.of", { n: last.epoch, all: last.epochs }),
    };
    keyed(this.parts.facts, Object.entries(all).filter(([, value]) => value), ([name]) => name, ([name]) => h("div", null, h("dt", null, t(`watch.facts.${name}`)), h("dd")), (element, [, value]) => set(element.lastChild, { textContent: value }));
  }

  #draw() {
    const { history, shown } = this;
    const timesteps = [...new Set([...history.trained.keys(), ...history.bands.keys()])].sort((a, b) => a - b), hasBoth = history.bands.size > 0;
    this.parts.bands.hidden = shown !== "bands" || hasBoth;
    this.parts.bands.textContent = t("watch.noBands");
    this.chart.hidden = shown === "bands" && !timesteps.length;
    this.chart.lines = shown === "loss" ? [
      { name: t("watch.lines.loss"), color: "--series-1", faint: true, points: history.loss }, { name: t("watch.lines.smoothed"), color: "--series-1", points: history.smoothed },
      ...history.heldOut.length ? [{ name: t("watch.lines.heldOut"), color: "--series-2", dots: true, points: history.heldOut }] : [],
    ] : shown === "rate" ? [{ name: t("watch.lines.rate"), color: "--series-3", points: history.rate }]
      : timesteps.flatMap((timestep, i) => [
        history.trained.has(timestep) && { name: t("watch.lines.band", { timestep }), color: series[i % series.length], faint: hasBoth, points: history.trained.get(timestep) },
        history.bands.has(timestep) && { name: t("watch.lines.bandHeldOut", { timestep }), color: series[i % series.length], dots: true, points: history.bands.get(timestep) },
      ].filter(Boolean));
  }

  #samples() {
    const { history, job } = this, prompts = settingOf(job, "samples.prompts") ?? [];
    this.sampleCard.hidden = !history.samples.length;
    if (history.samples === this.drawn) return;
    this.drawn = history.samples;
    const perEpoch = history.last ? history.last.steps / history.last.epochs : 0;
    const name = sample => sample.step === 0 ? t("watch.before") : perEpoch && sample.step % perEpoch === 0 ? t("watch.epoch", { n: sample.step / perEpoch }) : t("watch.stepN", { n: sample.step });
    const rows = [...Map.groupBy(history.samples, sample => sample.prompt)].sort(([a], [b]) => a - b);
    keyed(this.parts.samples, rows, ([prompt]) => prompt, ([prompt]) => h("section", { class: "stack tight", "aria-label": prompts[prompt] ?? t("watch.prompt", { n: prompt + 1 }) }, h("h3", { class: "small-text" }, prompts[prompt] ?? t("watch.prompt", { n: prompt + 1 })), h("ul", { class: "film" })), (element, [, samples]) => {
      const film = element.lastChild, atEnd = film.scrollLeft + film.clientWidth >= film.scrollWidth - 40;
      keyed(film, samples, sample => sample.name, sample => h("li", null, h("button", { type: "button", "aria-label": t("watch.large", { name: name(sample) }), onclick: () => this.#large(sample, name, prompts) },
        h("img", { src: this.#address(sample), alt: "", loading: "lazy", decoding: "async" }), h("span", null))), (line, sample) => set(line.querySelector("span"), { textContent: name(sample) }));
      if (atEnd) film.scrollLeft = film.scrollWidth;
    });
  }

  #address(sample) {
    return this.api.url(`jobs/${this.id}/files/${inPath(sample.name)}`);
  }

  #large(sample, name, prompts) {
    const same = this.history.samples.filter(one => one.prompt === sample.prompt);
    showPictures(this.app.layer, same.map(one => ({ src: this.#address(one), title: name(one), text: `${prompts[one.prompt] ?? ""} · ${t("watch.seed", { seed: one.seed })}` })), same.indexOf(sample));
  }

  #head() {
    const { job, parts } = this, isTraining = job.kind === "train", act = (name, icon, kind = "") => button(t(`watch.do.${name}`), { icon, kind, onclick: event => this.#do(name, event.currentTarget) });
    const canChange = isActive(job) && job.state !== "stopping";
    fill(parts.head, heading(job.name || t(`watch.kinds.${job.kind}`), badgeOf(job),
      button(t("watch.all"), { icon: "left", kind: "quiet", onclick: () => this.app.go("watch") }),
      canChange && isTraining && act("finish", "save"),
      (canChange || job.state === "queued") && act("pause", "pause"),
      ["paused", "failed", "cancelled"].includes(job.state) && act("resume", "play", "primary"),
      job.state === "finished" && isTraining && linkButton(t("watch.choose"), this.app.link("choose", this.id), { icon: "choose", kind: "primary" }),
      menu(t("do.more"), () => [
        isTraining && !isActive(job) && { text: t("watch.do.extend"), icon: "plus", onclick: () => this.#extend() },
        { text: t("watch.do.clone"), icon: "copy", onclick: () => this.#do("clone") },
        { text: t("do.rename"), icon: "edit", onclick: () => this.#rename() },
        !isOver(job) && { text: t("watch.do.cancel"), icon: "stop", kind: "danger", onclick: () => this.#cancel() },
        !isActive(job) && { text: t("do.delete"), icon: "trash", kind: "danger", onclick: () => this.#delete() },
      ])));
    const file = job.result?.path?.split("/").at(-1), problems = job.result?.proof?.problems ?? [];
    fill(parts.notice,
      job.error && banner("error", said(job.error.message), { cure: t("watch.failedCure") }),
      job.state === "finished" && isTraining && banner("good", t("watch.ready"), { cure: job.result?.heldOut ? this.#heldOut(job.result.heldOut) : null, action: file && h("div", { class: "actions" },
        button(t("watch.keep"), { icon: "heart", small: true, onclick: event => this.#keep(event.currentTarget, file) }),
        h("a", { class: "button small", href: this.api.url(`jobs/${this.id}/files/${inPath(file)}`), download: file }, t("picture.download"))) }),
      problems.map(problem => banner("warning", said(typeof problem === "string" ? problem : problem.message ?? JSON.stringify(problem)))));
  }

  #heldOut({ before, after, least, leastAt }) {
    const part = number(100 * (1 - after / before), { maximumFractionDigits: 1 });
    return after < before ? t(least < after * 0.995 ? "watch.learnedThen" : "watch.learned", { part, step: leastAt }) : t("watch.learnedNot", { step: leastAt });
  }

  async #do(name, control) {
    const answer = await this.view.doing(control, () => this.api.post(`jobs/${this.id}/${name}`, name === "clone" ? {} : undefined));
    if (!answer) return;
    this.app.countJobs();
    if (name === "clone") {
      this.app.toast(t("watch.cloned"));
      this.app.go("watch", answer.jobs[0].id);
      return;
    }
    this.job = answer;
    this.#ask();
    this.#woken?.abort();
  }

  async #extend() {
    const epochs = await this.app.ask({ title: t("watch.do.extend"), label: t("watch.moreEpochs"), value: "3", yes: t("watch.goOn"), hint: t("watch.moreHint"), check: text => /^[1-9]\d{0,4}$/.test(text) ? null : t("watch.wholeNumber") });
    const answer = epochs && await this.view.doing(null, () => this.api.post(`jobs/${this.id}/extend`, { epochs: Number(epochs) }));
    if (!answer) return;
    this.job = answer;
    this.#ask();
    this.#woken?.abort();
  }

  async #rename() {
    const name = await this.app.ask({ title: t("do.rename"), label: t("pictures.name"), value: this.job.name, yes: t("do.save") });
    const job = name && await this.view.doing(null, () => this.api.patch(`jobs/${this.id}`, { name }));
    if (job) this.job = job;
    this.#ask();
  }

  async #cancel() {
    if (await this.app.confirm({ title: t("watch.cancelTitle", { name: this.job.name }), text: t("watch.cancelText"), yes: t("watch.do.cancel") })) this.#do("cancel");
  }

  async #delete() {
    if (!await this.app.confirm({ title: t("watch.deleteTitle", { name: this.job.name }), text: t("watch.deleteText"), yes: t("do.delete") })) return;
    if (await this.view.doing(null, async () => (await this.api.delete(`jobs/${this.id}`, { query: { files: true } }), true))) this.app.go("watch");
  }

  /** Copies the finished file to where prompts find it. */
  async #keep(control, file) {
    const kept = await this.view.doing(control, async () => {
      const known = (await this.api.get("adapters", { query: { search: this.job.name, limit: 100 } })).adapters ?? [];
      const isThere = known.some(one => one.name === file.replace(/\.safetensors$/, ""));
      if (isThere && !await this.app.confirm({ title: t("watch.overwriteTitle"), text: t("watch.overwriteText", { name: file.replace(/\.safetensors$/, "") }), yes: t("work.overwrite") })) return null;
      return this.api.post(`jobs/${this.id}/keep`, { file, overwrite: isThere });
    });
    if (!kept) return;
    this.app.dispatchEvent(new CustomEvent("lorabridge-saved", { detail: { name: kept.name }, bubbles: true, composed: true }));
    this.app.toast(t("watch.kept", { name: kept.name }), { cure: `<lora:${kept.name}:1>` });
  }
}
