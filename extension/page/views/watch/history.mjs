// What a training's events come to: its lines, its samples, its warnings. Events are taken in their order, from the first.

const most = 200;
/** How much of a smoothed loss comes from the steps before. */
const memory = 0.97;

export class RunHistory {
  loss = [];
  smoothed = [];
  rate = [];
  heldOut = [];
  drift = [];
  /** Held-out loss by timestep: timestep -> points. */
  bands = new Map();
  /** The same of the pictures that are trained, smoothed over the steps that trained one there. */
  trained = new Map();
  /** { name, step, prompt, seed }, by step and prompt. */
  samples = [];
  warnings = [];
  checkpoints = [];
  last = null;
  stage = null;
  waiting = null;

  /** @returns whether the job's state may have changed */
  take({ kind, body }) {
    switch (kind) {
      case "step":
        this.#goBack(body.step);
        this.loss.push([body.step, body.loss]);
        this.smoothed.push([body.step, body.smoothedLoss]);
        this.rate.push([body.step, body.learningRate]);
        for (const { timestep, loss } of body.byTimestep ?? []) this.#smooth(timestep, body.step, loss);
        this.last = body;
        this.stage = this.waiting = null;
        break;
      case "validation":
        put(this.heldOut, body.step, body.result.loss);
        put(this.drift, body.step, body.result.drift);
        for (const one of body.result.byTimestep) {
          const timestep = one.timestep ?? one.item1;     // events of runs before the pairs had names
          if (!this.bands.has(timestep)) this.bands.set(timestep, []);
          put(this.bands.get(timestep), body.step, one.loss ?? one.item2);
        }
        break;
      case "file":
        if (body.what === "sample") this.#sample(body.name);
        else if (body.what === "checkpoint" || body.what === "adapter") this.checkpoints = [...this.checkpoints.filter(one => one !== body.name), body.name];
        break;
      case "warning":
        // that a first start has nothing to go on from is no news
        if (!this.last && body.message.startsWith("There is no saved state")) break;
        if (!this.warnings.includes(body.message)) this.warnings = [...this.warnings, body.message].slice(-most);
        break;
      case "stage":
      case "progress":
        this.stage = body;
        break;
      case "waiting":
        this.waiting = body;
        break;
      case "state":
        return true;
    }
    return false;
  }

  // a run that went on from a saved state takes some steps again
  #goBack(step) {
    for (const points of [this.loss, this.smoothed, this.rate, ...this.trained.values()]) while (points.length && points.at(-1)[0] >= step) points.pop();
  }

  #smooth(timestep, step, loss) {
    if (!Number.isFinite(loss)) return;
    if (!this.trained.has(timestep)) this.trained.set(timestep, []);
    const points = this.trained.get(timestep), n = points.length, kept = Math.min(memory, n / (n + 1));
    points.push([step, n ? kept * points.at(-1)[1] + (1 - kept) * loss : loss]);
  }

  #sample(name) {
    const found = /_(\d{6,})_(\d{2,})_(-?\d+)\.png$/.exec(name);
    const sample = found ? { name, step: Number(found[1]), prompt: Number(found[2]), seed: found[3] } : { name, step: this.last?.step ?? 0, prompt: 0, seed: "" };
    this.samples = [...this.samples.filter(one => one.name !== name), sample].sort((a, b) => a.step - b.step || a.prompt - b.prompt);
  }
}

function put(points, x, y) {
  while (points.length && points.at(-1)[0] >= x) points.pop();
  points.push([x, y]);
}
