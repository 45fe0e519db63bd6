using System.Globalization;
using LoraBridge.Diffusion.Text;
using LoraBridge.Generation;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Jobs;
using LoraBridge.Server.Jobs.Kinds;

namespace LoraBridge.Server.Blends;

/// <summary>Has all that a training saved drawn beside one another, so that somebody can choose. The files need not stand in a folder of adapters.</summary>
internal sealed class TrainingGrids(JobQueue jobs, AdapterNames names, BlendDrawing drawing, RequestFiles requestFiles, JobDefaults defaults)
{
    private const int MostCells = 400, MostSeeds = 16;

    /// <summary>Queues a grid for each seed.</summary>
    /// <exception cref="RequestException">A file is none of the training's, or a number is out of range.</exception>
    /// <exception cref="JobException">There is no such job.</exception>
    public async Task<QueuedJobs> QueueAsync(string id, TrainingGridLook look)
    {
        var job = jobs.Get(id);
        if (job.Kind != "train") throw RequestException.Conflict("id", "The job is no training.", "Give the id of a training.");
        Check(look);
        var made = JobFilesApi.Adapters(job, jobs);
        foreach (var file in look.Files)
            if (!made.Contains(file)) throw RequestException.Invalid("files", $"The job has no adapter '{file}'.", $"GET /lorabridge/v1/jobs/{job.Id}/files lists those it has.");
        var files = look.Files.ToDictionary(file => Path.GetFileNameWithoutExtension(file), file => $"job:{job.Id}/{file}", StringComparer.Ordinal);
        var picture = look.Blend.Picture() with { LoraFiles = files };
        var model = look.Blend.Model is null && ModelOf(job) is { } trained ? new ModelChoice(trained) : drawing.ModelOf(look.Blend.Model);
        await names.CheckAsync(look.Blend, model.Path).ConfigureAwait(false);
        foreach (var (i, file) in look.Files.Index()) AdapterNames.CheckFamily(Path.Combine(jobs.FolderOf(job.Id), file), file, $"files[{i}]", model.Path);
        var blends = (from name in files.Keys from weight in look.Weights select Cell(name, weight)).ToList();

        var queued = new List<QueuedJobs>();
        foreach (var seed in look.Seeds)
        {
            var call = new PreviewCall(new() { Picture = picture with { Seed = seed }, Blends = blends, Columns = look.Weights.Count }) { Model = model };
            queued.Add(jobs.Add(new() { Kind = "grid", Name = job.Name, Request = BlendDrawing.Request(call) }));
        }
        return new([.. queued.SelectMany(one => one.Jobs)], [.. queued.SelectMany(one => one.Warnings).Distinct()]);
    }

    private static Blend Cell(string name, double weight) => new()
    {
        Loras = weight == 0 ? [] : [new LoraTag(name, weight, weight, null)],
        Label = $"{name} {weight.ToString("0.##", CultureInfo.InvariantCulture)}",
    };

    private static void Check(TrainingGridLook look)
    {
        if (look.Files.Count == 0) throw RequestException.Invalid("files", "No adapter is named.", "Name one or more of the job's files.");
        if (look.Weights.Count == 0) throw RequestException.Invalid("weights", "There are no weights.", "Give one or more, such as 0.6, 0.8, 1.");
        if (look.Weights.Any(weight => !(Math.Abs(weight) <= 100))) throw RequestException.Invalid("weights", "One of them is no weight.", "Give numbers such as 0.6, 0.8, 1.");
        if (look.Seeds.Count is < 1 or > MostSeeds || look.Seeds.Any(seed => seed is < 0 or > uint.MaxValue)) throw RequestException.Invalid("seeds", "They are none, too many, or out of range.", $"Give 1 to {MostSeeds} numbers from 0 to 4294967295.");
        if ((long)look.Files.Count * look.Weights.Count > MostCells) throw RequestException.Invalid("files", $"The grid has more than {MostCells} pictures.", "Name fewer files, or fewer weights.");
    }

    /// <summary>The checkpoint that was trained on; null where it is gone.</summary>
    private string? ModelOf(Job job)
    {
        try
        {
            var path = TrainRequest.Read(new(job.Id, job.Name, jobs.FolderOf(job.Id), JobJson.Object(job.Request)), defaults).Draft.Model.Path;
            return path.Length > 0 ? requestFiles.Checkpoint("model", path) : null;
        }
        catch (JobException)
        {
            return null;                                                        // gone, or asked for in an older form
        }
    }
}

/// <summary>Which pictures of a training's adapters are wanted.</summary>
internal sealed record TrainingGridLook
{
    /// <summary>The picture; adapters in it act besides.</summary>
    public BlendRecipe Blend { get; init; } = new();

    /// <summary>The adapters by their names in the list of the job's files, a row each.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>The weights, a column each; 0 is the base model.</summary>
    public IReadOnlyList<double> Weights { get; init; } = [1];

    /// <summary>The seeds, a job each.</summary>
    public IReadOnlyList<long> Seeds { get; init; } = [1];
}
