using LoraBridge.Lora.Catalog;
using LoraBridge.Lora.Tools;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Jobs;
using LoraBridge.Server.Jobs.Kinds;
using LoraBridge.Server.Sdapi.Files;

namespace LoraBridge.Server.Blends;

/// <summary>An adapter that a text names and that is not there.</summary>
/// <param name="Name">The name as it was written.</param>
/// <param name="Nearest">Names that may have been meant, the likeliest first.</param>
internal sealed record UnknownAdapter(string Name, IReadOnlyList<string> Nearest);

/// <summary>What the names of adapters stand for: files of the catalogue, and trainings that run.</summary>
internal sealed class AdapterNames(AdapterCatalog adapters, JobStore jobs, JobDefaults defaults, ServerSettings settings)
{
    private const int MostNearest = 3;

    /// <summary>Refuses a blend that names an adapter which is not there or is for another family of models, before anything is loaded for it.</summary>
    /// <param name="recipe">The blend.</param>
    /// <param name="model">The checkpoint that shall draw it; null where that is not known.</param>
    /// <exception cref="RequestException">One is unknown and is named with the nearest, or is not for the model.</exception>
    public async Task CheckAsync(BlendRecipe recipe, string? model)
    {
        var catalog = await adapters.OpenAsync().ConfigureAwait(false);
        foreach (var (i, adapter) in recipe.Adapters.Index())
        {
            if (!adapter.Enabled) continue;
            if (!IsKnown(catalog, adapter.Name)) throw Unknown($"adapters[{i}].name", adapter.Name, Nearest(catalog, adapter.Name));
            // the name of a running training is its adapter's, whatever else is called so
            if (!IsTrained(adapter.Name) && catalog.Find(adapter.Name) is { } entry) CheckFamily(entry.FullPath, adapter.Name, $"adapters[{i}].name", model);
        }
    }

    /// <summary>Refuses an adapter that is for another family of models than the checkpoint; told by both files' headers.</summary>
    /// <param name="file">The adapter's file.</param>
    /// <param name="name">What the request calls it.</param>
    /// <param name="field">Its place in the request.</param>
    /// <param name="model">The checkpoint; null where that is not known.</param>
    /// <exception cref="RequestException">It is.</exception>
    public static void CheckFamily(string file, string name, string field, string? model)
    {
        if (model is null || FamilyMatch.Differ(file, model) is not { } families) return;
        throw RequestException.Invalid(field, $"The adapter '{name}' was made for {families.Adapter}, and the model '{Path.GetFileNameWithoutExtension(model)}' is {families.Model}.",
            "Choose a model of the adapter's family, or an adapter that was trained for the model's.");
    }

    /// <summary>Those of some names that stand for nothing.</summary>
    public async Task<IReadOnlyList<UnknownAdapter>> UnknownAsync(IEnumerable<string> names)
    {
        var catalog = await adapters.OpenAsync().ConfigureAwait(false);
        return [.. names.Distinct().Where(name => !IsKnown(catalog, name)).Select(name => new UnknownAdapter(name, Nearest(catalog, name)))];
    }

    /// <summary>The file of an adapter.</summary>
    /// <param name="name">Its name or alias.</param>
    /// <param name="field">Its place in the request.</param>
    /// <exception cref="RequestException">There is none, or it is still being trained.</exception>
    public async Task<LoraEntry> FileAsync(string name, string field)
    {
        var catalog = await adapters.OpenAsync().ConfigureAwait(false);
        if (catalog.Find(name) is { } entry) return entry;
        if (IsTrained(name)) throw RequestException.Conflict(field, $"'{name}' is still being trained and has no file yet.", "Wait for the training's end, or stop and save it, and keep its adapter.");
        throw Unknown(field, name, Nearest(catalog, name));
    }

    private static RequestException Unknown(string field, string name, IReadOnlyList<string> nearest) => RequestException.Invalid(field, $"There is no adapter '{name}'.",
        nearest.Count > 0 ? $"Perhaps you mean '{nearest[0]}'." : "Take a name from the list of adapters, or put its file into the folder of adapters.");

    private static IReadOnlyList<string> Nearest(LoraCatalog catalog, string name) => catalog.Suggest(name.Length > 200 ? name[..200] : name, MostNearest);

    private bool IsKnown(LoraCatalog catalog, string name) => IsTrained(name) || catalog.Find(name) is not null;

    /// <summary>Whether a training in work goes by a name: its id, or that of the adapter it makes. The engine gives the weights of that moment.</summary>
    private bool IsTrained(string name) =>
        jobs.List(new() { States = [JobState.Running, JobState.Stopping], Kind = "train" }).Any(job => job.Id == name || AdapterOf(job) == name);

    private string? AdapterOf(Job job)
    {
        try
        {
            var draft = new JobDraft(job.Id, job.Name, Path.Combine(settings.Data.Jobs, job.Id), JobJson.Object(job.Request));
            return TrainRequest.Read(draft, defaults).Draft.Saving.EffectiveName;
        }
        catch (JobException)
        {
            return null;                                                        // of an older form
        }
    }
}
