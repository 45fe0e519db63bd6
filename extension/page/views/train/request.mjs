// From what the form says to the request of a training job.

/** { settings: { "network.rank": 16, …, data: [{ folder }] } }: the preset below, then what the form's own fields mean, then what the user set. */
export function requestOf({ draft, datasets, base, promptLines }) {
  const settings = { ...base }, own = {}, data = {};
  for (const [path, value] of Object.entries(draft.values)) {
    if (path.startsWith("data.")) data[path.slice(5)] = value;
    else own[path] = value;
  }
  if (draft.model) settings["model.path"] = draft.model;
  if (draft.trigger.trim()) settings["captions.triggerWord"] = draft.trigger.trim();
  if (draft.samples) Object.assign(settings, { "samples.prompts": promptLines, "samples.everyEpochs": 1, "samples.atFirst": true, "samples.seed": 42 });
  Object.assign(settings, own);
  // samples are of the size that is trained unless somebody says otherwise
  for (const [size, side] of [["samples.width", "buckets.width"], ["samples.height", "buckets.height"]]) if (settings[side] && !(size in own)) settings[size] = settings[side];
  const folder = datasets.find(one => one.id === draft.dataset)?.folder;
  if (folder) settings.data = [{ ...data, folder }];
  return { settings };
}
