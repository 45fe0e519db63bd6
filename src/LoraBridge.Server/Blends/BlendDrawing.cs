using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraBridge.Generation;
using LoraBridge.Lora.Tools;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Jobs;
using LoraBridge.Server.Sdapi.Files;
using LoraBridge.Server.Sdapi.Settings;

namespace LoraBridge.Server.Blends;

/// <summary>Draws blends: one quickly, several as a table, at once or as a job; and has them baked.</summary>
internal sealed class BlendDrawing(BlendCalls calls, PreviewDesk desk, AdapterNames names, CheckpointList checkpoints, VaeList vaes, OptionsStore options, JobQueue jobs)
{
    private const int FewSteps = 8, SmallSide = 256;

    /// <summary>The most that is drawn while the client waits: pictures times steps, counted in pictures of 512 x 512.</summary>
    private const double MostAtOnce = 48;

    /// <summary>Draws one picture.</summary>
    /// <exception cref="RequestException">The blend makes no sense, names an adapter that is not there, or a newer preview took its place.</exception>
    public async Task<BlendPicture> PreviewAsync(BlendLook look, CancellationToken gone)
    {
        var watch = Stopwatch.StartNew();
        var request = Small(look);
        await names.CheckAsync(look.Blend).ConfigureAwait(false);
        var call = new GenerateCall(request) { Model = ModelOf(look.Blend.Model) };
        var drawn = await desk.DrawAsync(look.Client, cancel => calls.DrawAsync(call, cancel), gone).ConfigureAwait(false);
        var image = drawn.Images[0];
        return new(image.Png, image.Infotext, image.Seed, request.Width, request.Height, request.Steps, Math.Round(watch.Elapsed.TotalSeconds, 3), [.. drawn.Warnings.Select(warning => warning.Reason), .. drawn.Notes]);
    }

    /// <summary>Draws a table, or queues it where it is large.</summary>
    /// <returns>One of the two.</returns>
    /// <exception cref="RequestException">The blend or an axis makes no sense, or names an adapter that is not there.</exception>
    public async Task<(BlendTable? Table, QueuedJobs? Jobs)> GridAsync(BlendGridLook look, CancellationToken gone)
    {
        var watch = Stopwatch.StartNew();
        var plan = BlendGridPlan.Of(look);
        var picture = Small(look);
        picture = picture with { Seed = picture.Seed ?? Random.Shared.NextInt64(uint.MaxValue) };
        foreach (var recipe in plan.Recipes) recipe.Tags();                     // the values of the axes too
        await names.CheckAsync(plan.Recipes[0]).ConfigureAwait(false);            // all have the same adapters
        var call = new PreviewCall(plan.ToRequest(picture)) { Model = ModelOf(look.Blend.Model) };
        var work = plan.Recipes.Count * picture.Steps * ((double)picture.Width * picture.Height / (512 * 512));
        if (look.Queue ?? work > MostAtOnce) return (null, Queue("grid", look.Blend.Name, Request(call)));

        var drawn = await desk.DrawAsync(look.Client, cancel => calls.GridAsync(call, cancel), gone).ConfigureAwait(false);
        var cells = drawn.Images.Select((image, i) => new BlendCell(image.Png, image.Infotext, plan.Labels[i], plan.Places[i].Across, plan.Places[i].Down)).ToList();
        return (new(drawn.Sheet, plan.Columns, picture.Seed.Value, Math.Round(watch.Elapsed.TotalSeconds, 3), cells, [.. drawn.Warnings.Select(warning => warning.Reason)]), null);
    }

    /// <summary>Queues the job that makes one file of a blend.</summary>
    /// <exception cref="RequestException">It cannot be one file: it is empty, acts in a part of the run, or names an adapter that has no file.</exception>
    public async Task<QueuedJobs> BakeAsync(BlendRecipe recipe, BlendBake bake)
    {
        var inputs = new JsonArray();
        foreach (var (i, adapter) in recipe.Adapters.Index().Where(pair => pair.Item.Enabled))
        {
            var tag = adapter.ToTag($"adapters[{i}]");
            if (!adapter.IsBakeable && !bake.IgnoreSchedules)
                throw RequestException.Invalid($"adapters[{i}].start", $"'{adapter.Name}' acts in a part of the run, or with some of its ranks, and a file cannot hold that.", "Take that out of the recipe, or send ignoreSchedules: true to bake it as if it acted in the whole run.");
            var file = await names.FileAsync(adapter.Name, $"adapters[{i}].name").ConfigureAwait(false);
            inputs.Add(JsonSerializer.SerializeToNode(new BakeInput(file.FullPath, tag.UNetWeight, tag.TextWeight, tag.Blocks), EngineJson.Options));
        }
        if (inputs.Count == 0) throw RequestException.Conflict("adapters", "The blend has no adapter that is enabled.", "Add one, or enable one.");
        var name = FileName(bake.Name ?? recipe.Name);
        var layout = Choice("layout", bake.Layout, "kohya", "diffusers");
        var request = new JsonObject { ["inputs"] = inputs, ["output"] = name + ".safetensors", ["options"] = BakeOptions(bake, name, layout) };
        if (ModelOf(recipe.Model).Path is { } basePath) request["basePath"] = basePath;   // it says what the layers are
        return Queue("bake", name, request);
    }

    private static JsonObject BakeOptions(BlendBake bake, string name, string layout)
    {
        var options = new JsonObject { ["name"] = name, ["layout"] = layout, ["saveType"] = Choice("saveType", bake.SaveType, "f16", "bf16", "f32") };
        if (bake.Rank is { } rank) options["rank"] = Rank("rank", rank);
        if (bake.ConvolutionRank is { } convolutions) options["convolutionRank"] = Rank("convolutionRank", convolutions);
        return options;
    }

    private static JsonNode Rank(string field, int rank) => rank is >= 1 and <= 4096
        ? JsonSerializer.SerializeToNode(RankChoice.Fixed(rank), EngineJson.Options)!
        : throw RequestException.Invalid(field, "It is no rank.", "Give 1 to 4096, or leave it out to keep all ranks.");

    private static string Choice(string field, string value, params string[] allowed) => allowed.Contains(value)
        ? value
        : throw RequestException.Invalid(field, $"'{value}' is not known.", $"Say {string.Join(", ", allowed)}.");

    /// <summary>A file's name of what somebody called it.</summary>
    private static string FileName(string name)
    {
        var safe = string.Concat(name.Select(sign => char.IsLetterOrDigit(sign) || sign is '.' or '-' or '_' ? sign : '-')).Trim('-', '.');
        return safe.Length is > 0 and <= 100 ? safe : safe.Length == 0 ? "blend" : safe[..100];
    }

    private static TextToImageRequest Small(BlendLook look)
    {
        var recipe = look.Blend;
        var scale = Math.Min(1, (double)SmallSide / Math.Max(1, Math.Max(recipe.Width, recipe.Height)));
        return (recipe with
        {
            Steps = look.Steps ?? Math.Min(recipe.Steps, FewSteps),
            Width = look.Width ?? Cells(recipe.Width * scale),
            Height = look.Height ?? Cells(recipe.Height * scale),
            Seed = look.Seed ?? recipe.Seed,
        }).Picture();

        static int Cells(double pixels) => Math.Max(64, (int)Math.Round(pixels / 8) * 8);
    }

    /// <summary>The checkpoint of a name, or the one that the WebUI's API would draw with.</summary>
    public ModelChoice ModelOf(string? name)
    {
        var checkpoint = string.IsNullOrEmpty(name) ? checkpoints.InUse(options.Current)
            : checkpoints.FindLike(name) ?? throw RequestException.Invalid("model", $"There is no checkpoint '{name}'.", "Take a title from the list of checkpoints, or leave it out for the one in use.");
        return checkpoint is null ? new() : new(checkpoint.Path, vaes.Find(options.Current.Text("sd_vae"), checkpoint)?.Path);
    }

    /// <summary>A grid as the request of a job.</summary>
    public static JsonObject Request(PreviewCall call)
    {
        var request = JsonSerializer.SerializeToNode(call, EngineJson.Options)!.AsObject();
        request.Remove("id");                                                   // the job's is its own
        return request;
    }

    private QueuedJobs Queue(string kind, string name, JsonObject request) => jobs.Add(new() { Kind = kind, Name = name.Length > 0 ? name : kind, Request = request });
}
