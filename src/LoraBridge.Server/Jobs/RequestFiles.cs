using LoraBridge.Generation;
using LoraBridge.Lora.Catalog;
using LoraBridge.Server.Datasets;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Sdapi.Files;
using LoraBridge.Training.Data;
using LoraBridge.Training.Settings;

namespace LoraBridge.Server.Jobs;

/// <summary>
/// The files that requests mean: by the names that the server's lists give, as <c>job:ID/FILE</c>, or by paths below the folders that the server
/// uses or its owner allows. Nothing else on the machine can be named.
/// </summary>
internal sealed class RequestFiles(CheckpointList checkpoints, VaeList autoencoders, AdapterCatalog adapters, DatasetStore datasets, ModelFolders folders, ServerSettings settings)
{
    private const string OfJob = "job:";

    private readonly Lazy<string[]> _roots = new(() =>
    [
        .. ((IEnumerable<string?>)[folders.Data.Path, folders.WebUi, folders.Embeddings, .. folders.Checkpoints, .. folders.Vaes, .. folders.Loras, .. settings.Datasets.AllowedFolders])
            .OfType<string>().Select(RealPath.OrSelf),
    ]);

    /// <summary>A checkpoint by its title, name, hash or path.</summary>
    /// <exception cref="JobException">There is none, or it may not be named.</exception>
    public string Checkpoint(string field, string named)
    {
        if (checkpoints.Find(named) is { } known) return known.Path;
        if (checkpoints.All.FirstOrDefault(checkpoint => checkpoint.Path == named) is { } listed) return listed.Path;
        var others = checkpoints.All.Take(5).Select(checkpoint => checkpoint.ModelName).ToList();
        return FileBelow(field, named, $"There is no checkpoint '{named}'. {(others.Count == 0 ? "Put checkpoints into the data folder, or start the server with --model or --webui-dir" : $"Give the title of one that is listed, such as {string.Join(", ", others)}")}.");
    }

    /// <summary>An autoencoder by its file's name or path.</summary>
    /// <exception cref="JobException">There is none, or it may not be named.</exception>
    public string Autoencoder(string field, string named) =>
        autoencoders.All.FirstOrDefault(file => file.Name == named || file.Path == named)?.Path
        ?? FileBelow(field, named, $"There is no autoencoder '{named}'. GET /sdapi/v1/sd-vae lists those there are.");

    /// <summary>An adapter by its name in prompts, as <c>job:ID/FILE</c>, or by its path.</summary>
    /// <exception cref="JobException">There is none, or it may not be named.</exception>
    public string Adapter(string field, string named)
    {
        if (named.StartsWith(OfJob, StringComparison.Ordinal)) return FileOfJob(field, named);
        var catalog = adapters.OpenAsync().GetAwaiter().GetResult();
        if (!Path.IsPathFullyQualified(named) && catalog.Find(named) is { } known) return known.FullPath;
        var like = named.Length > 200 ? [] : catalog.Suggest(named, 3);
        return FileBelow(field, named, $"There is no adapter '{named}'. {(like.Count == 0 ? "GET /lorabridge/v1/adapters lists those there are" : $"Perhaps you mean {string.Join(", ", like)}")}.");
    }

    /// <summary>The pictures of a data set by its id, or of a folder.</summary>
    /// <exception cref="JobException">There are none, or the folder may not be named.</exception>
    public string Pictures(string field, string named)
    {
        if (!Path.IsPathFullyQualified(named))
        {
            try
            {
                return datasets.Find(named).Folder;
            }
            catch (RequestException missing)
            {
                throw JobException.Invalid(field, $"{field}: there is no data set '{named}'. {missing.Cure}");
            }
        }
        var folder = Allowed(field, named);
        return Directory.Exists(folder) ? folder : throw JobException.Invalid(field, $"{field}: there is no folder {named}. Correct the path, or upload the pictures as a data set and give its id.");
    }

    /// <summary>What was asked for with all files in their places.</summary>
    /// <exception cref="JobException">Some cannot be named; the first is said.</exception>
    public TrainingOptions Found(TrainingOptions options) => options with
    {
        Model = options.Model with
        {
            Path = options.Model.Path.Length == 0 ? "" : Checkpoint("model.path", options.Model.Path),
            Vae = options.Model.Vae is { } vae ? Autoencoder("model.vae", vae) : null,
            MergedWeights = [.. options.Model.MergedWeights.Select(file => Adapter("model.mergedWeights", file))],
        },
        Network = options.Network with { StartWeights = options.Network.StartWeights is { } start ? Adapter("network.startWeights", start) : null },
        Samples = options.Samples with { PromptsFile = options.Samples.PromptsFile is { } prompts ? FileBelow("samples.promptsFile", prompts, $"There is no file {prompts}. Give the prompts themselves as samples.prompts.") : null },
        Data = [.. options.Data.Select((data, i) => Found(data, $"data[{i}]"))],
    };

    /// <inheritdoc cref="Found(TrainingOptions)"/>
    public BakeCall Found(BakeCall call) => call with { Inputs = [.. call.Inputs.Select((input, i) => input with { Path = Adapter($"inputs[{i}].path", input.Path) })], BasePath = Base(call.BasePath) };

    /// <inheritdoc cref="Found(TrainingOptions)"/>
    public ResizeCall Found(ResizeCall call) => call with { Input = Adapter("input", call.Input), BasePath = Base(call.BasePath) };

    /// <inheritdoc cref="Found(TrainingOptions)"/>
    public ConvertCall Found(ConvertCall call) => call with { Input = Adapter("input", call.Input), BasePath = Base(call.BasePath) };

    /// <inheritdoc cref="Found(TrainingOptions)"/>
    public ExtractCall Found(ExtractCall call) => call with { TunedPath = Checkpoint("tunedPath", call.TunedPath), BasePath = Checkpoint("basePath", call.BasePath) };

    /// <inheritdoc cref="Found(TrainingOptions)"/>
    public PreviewCall Found(PreviewCall call) => call with { Request = call.Request with { Picture = call.Request.Picture with { LoraFiles = Found(call.Request.Picture.LoraFiles) } }, Model = Found(call.Model) };

    /// <inheritdoc cref="Found(TrainingOptions)"/>
    public GenerateCall Found(GenerateCall call)
    {
        var request = call.Request with { LoraFiles = Found(call.Request.LoraFiles) };
        if (request.Refiner is { } refiner) request = request with { Refiner = refiner with { ModelPath = Checkpoint("request.refiner.modelPath", refiner.ModelPath) } };
        if (request is TextToImageRequest { Hires: { ModelPath: { } path } hires } text) request = text with { Hires = hires with { ModelPath = Checkpoint("request.hires.modelPath", path) } };
        return call with { Request = request, Model = Found(call.Model) };
    }

    private ModelChoice Found(ModelChoice model) => new(
        model.Path is { Length: > 0 } path ? Checkpoint("model.path", path) : null,
        model.Vae is { Length: > 0 } vae ? Autoencoder("model.vae", vae) : null);

    private Dictionary<string, string> Found(IReadOnlyDictionary<string, string> adapters) => adapters.ToDictionary(pair => pair.Key, pair => Adapter($"loraFiles.{pair.Key}", pair.Value));

    private string? Base(string? named) => named is { Length: > 0 } ? Checkpoint("basePath", named) : null;

    private DatasetOptions Found(DatasetOptions data, string field) => data with
    {
        Folder = Pictures($"{field}.folder", data.Folder),
        MaskFolder = data.MaskFolder is { } masks ? Pictures($"{field}.maskFolder", masks) : null,
    };

    private string FileOfJob(string field, string named)
    {
        var parts = named[OfJob.Length..].Split('/');
        var isPlain = parts is [_, _] && parts.All(part => part.Length > 0 && part is not ("." or "..") && part == Path.GetFileName(part) && !part.Contains('\0', StringComparison.Ordinal));
        var path = isPlain ? Path.Combine(folders.Data.Jobs, parts[0], parts[1]) : "";
        return File.Exists(path) ? path : throw JobException.Invalid(field, $"{field}: there is no file '{named}'. Write job:ID/FILE with the file's name from GET /lorabridge/v1/jobs/ID/files.");
    }

    private string FileBelow(string field, string named, string otherwise)
    {
        if (!Path.IsPathFullyQualified(named)) throw JobException.Invalid(field, $"{field}: {otherwise}");
        var path = Allowed(field, named);
        return File.Exists(path) || Directory.Exists(path) ? path : throw JobException.Invalid(field, $"{field}: {otherwise}");
    }

    // one answer for what is not allowed and for what is not there: it shall not tell what lies elsewhere
    private string Allowed(string field, string path)
    {
        var real = path.Contains('\0', StringComparison.Ordinal) ? "" : RealPath.OrSelf(path);
        return _roots.Value.Any(root => RealPath.IsBelow(real, root))
            ? real
            : throw JobException.Invalid(field, $"{field}: {path} is not below a folder that this server uses. Give a name from its lists, or start it with --datasets-dir (or --webui-dir, --lora-dir) for that folder.");
    }
}
