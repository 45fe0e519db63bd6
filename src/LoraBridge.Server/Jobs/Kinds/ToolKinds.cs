using System.Text.Json;
using System.Text.Json.Nodes;
using LoraBridge.Files;
using LoraBridge.Server.Engine;
using LoraBridge.Server.Engine.Protocol;

namespace LoraBridge.Server.Jobs.Kinds;

/// <summary>The engine's other calls as jobs: the tools for adapters, whose file lands in the job's folder, and pictures.</summary>
internal static class ToolKinds
{
    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["bake", "resize", "extract", "convert", "grid", "generate"];

    /// <summary>A row.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static JobKind Get(string name, EngineClient client, RequestFiles files, JobDefaults defaults) => name switch
    {
        "bake" => Tool<BakeCall>(name, ["inputs"], files.Found, async (call, run) => (await client.BakeAsync(call, Progress(run), run.Ending).ConfigureAwait(false)).Tool),
        "resize" => Tool<ResizeCall>(name, ["input", "options"], files.Found, async (call, run) => (await client.ResizeAsync(call, Progress(run), run.Ending).ConfigureAwait(false)).Tool),
        "extract" => Tool<ExtractCall>(name, ["tunedPath", "basePath"], files.Found, async (call, run) => (await client.ExtractAsync(call, Progress(run), run.Ending).ConfigureAwait(false)).Tool),
        "convert" => Tool<ConvertCall>(name, ["input"], files.Found, async (call, run) => (await client.ConvertAsync(call, Progress(run), run.Ending).ConfigureAwait(false)).Tool),
        "grid" => Of<PreviewCall>(name, ["request"], (_, _) => { }, files.Found, async (call, run) => Write(await client.PreviewAsync(call, Progress(run), run.Ending).ConfigureAwait(false), run),
            request => Decide(request, (request["request"] as JsonObject)?["picture"], defaults)),
        "generate" => Of<GenerateCall>(name, ["request"], (request, _) => NameKind(request), files.Found, async (call, run) => Write(await client.GenerateAsync(call, Progress(run), run.Ending).ConfigureAwait(false), run),
            request => Decide(request, request["request"], defaults)),
        _ => throw new ArgumentException($"There is no tool {name}.", nameof(name)),
    };

    private static JobKind Tool<TCall>(string name, string[] needed, Func<TCall, TCall> find, Func<TCall, JobRun, Task<object>> carryOut) where TCall : EngineCall =>
        Of(name, needed, (request, folder) =>
        {
            request["options"] ??= new JsonObject();
            request["output"] = Path.Combine(folder, FileName(request["output"]));
        }, find, carryOut, _ => { });

    // what is decided is kept with the job, what is completed belongs to one start of it
    private static JobKind Of<TCall>(string name, string[] needed, Action<JsonObject, string> complete, Func<TCall, TCall> find, Func<TCall, JobRun, Task<object>> carryOut, Action<JsonObject> decide) where TCall : EngineCall => new(name)
    {
        Check = draft =>
        {
            var decided = draft.Request.DeepClone().AsObject();
            decide(decided);
            find(Read<TCall>(decided.DeepClone().AsObject(), needed, request => complete(request, draft.Folder), draft.Id));
            return new(decided, []);
        },
        RunAsync = async run => new(true, await carryOut(find(Read<TCall>(run.Request, needed, request => complete(request, run.Folder), run.Job.Id)), run).ConfigureAwait(false)),
    };

    private static TCall Read<TCall>(JsonObject request, string[] needed, Action<JsonObject> complete, string id) where TCall : EngineCall
    {
        if (needed.FirstOrDefault(field => request[field] is null) is { } missing) throw JobException.Invalid(missing, $"{missing} is missing.");
        if (request.ContainsKey("id")) throw JobException.Invalid("id", "The id is the job's; leave it out.");
        complete(request);
        request["id"] = id;
        try
        {
            return request.Deserialize<TCall>(EngineJson.Options)!;
        }
        catch (JsonException wrong)
        {
            var field = wrong.Path?.TrimStart('$', '.') is { Length: > 0 } path ? path : "request";
            throw JobException.Invalid(field, wrong.Message.Split(" Path: ")[0]);
        }
        catch (Exception wrong) when (wrong is ArgumentException or NotSupportedException)
        {
            throw JobException.Invalid((wrong as ArgumentException)?.ParamName ?? "request", wrong.Message);
        }
    }

    /// <summary>A name alone: where the file lies is the job's matter.</summary>
    private static string FileName(JsonNode? output)
    {
        var name = output?.ToString() ?? "result.safetensors";
        if (name.Length == 0 || name != Path.GetFileName(name) || name.Contains('\\', StringComparison.Ordinal) || !name.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
            throw JobException.Invalid("output", $"output is '{name}', and must be a file's name that ends in .safetensors, without a folder. The file is written into the job's folder.");
        return name;
    }

    /// <summary>A request for pictures says of which kind it is before all else; from text where it says nothing.</summary>
    private static void NameKind(JsonObject request)
    {
        if (request["request"] is not JsonObject picture) return;
        var kind = picture["kind"]?.ToString() ?? "text_to_image_request";
        picture.Remove("kind");
        picture.Insert(0, "kind", kind);
    }

    /// <summary>Pictures of a request that names no model are drawn with the one in use now, whatever is when the job's turn comes; in its size where no other is named.</summary>
    private static void Decide(JsonObject request, JsonNode? picture, JobDefaults defaults)
    {
        var choice = request["model"] as JsonObject ?? [];
        if (request["model"] is not (null or JsonObject)) return;               // whoever reads it says what is wrong
        if (choice["path"] is null && defaults.Model is { } open) choice["path"] = open;
        if (request["model"] is null && choice.Count > 0) request["model"] = choice;
        if (picture is not JsonObject asked || choice["path"]?.ToString() is not { } model) return;
        var size = defaults.DrawnSizeOf(model);
        asked["width"] ??= size.Width;
        asked["height"] ??= size.Height;
    }

    private static PicturesDrawn Write(PreviewResult drawn, JobRun run)
    {
        AtomicFile.Write(Path.Combine(run.Folder, "sheet.png"), drawn.Sheet);
        run.Tell("file", new FileWritten("sheet.png", "sheet"));
        return new("sheet.png", Write(drawn.Images, run), [.. drawn.Warnings.Select(warning => warning.Reason)]);
    }

    private static PicturesDrawn Write(GenerateResult drawn, JobRun run) => new(null, Write(drawn.Images, run), [.. drawn.Warnings.Select(warning => warning.Reason), .. drawn.Notes]);

    private static List<PictureDrawn> Write(IReadOnlyList<EnginePicture> images, JobRun run)
    {
        var pictures = new List<PictureDrawn>();
        foreach (var (i, image) in images.Index())
        {
            var name = $"{i:000}.png";
            AtomicFile.Write(Path.Combine(run.Folder, name), image.Png);
            run.Tell("file", new FileWritten(name, "sample"));
            pictures.Add(new(name, image.Infotext, image.Seed));
        }
        return pictures;
    }

    private static Reports Progress(JobRun run) => new(run);

    private sealed class Reports(JobRun run) : IProgress<EngineProgress>
    {
        public void Report(EngineProgress value) => run.Report(value.Fraction, JobRows.NameOf(value.Stage));
    }
}

/// <summary>What a job of the kind <c>grid</c> or <c>generate</c> came to.</summary>
/// <param name="Sheet">Of a grid: the file of all pictures with their labels.</param>
/// <param name="Pictures">The pictures, in the order of the blends or seeds.</param>
/// <param name="Warnings">What of the prompts had no effect, and why.</param>
internal sealed record PicturesDrawn(string? Sheet, IReadOnlyList<PictureDrawn> Pictures, IReadOnlyList<string> Warnings);

/// <summary>A picture that a job drew.</summary>
/// <param name="File">Its file in the job's folder.</param>
/// <param name="Infotext">How it was made.</param>
/// <param name="Seed">Its seed.</param>
internal sealed record PictureDrawn(string File, string Infotext, long Seed);
