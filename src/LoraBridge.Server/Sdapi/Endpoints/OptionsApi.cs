using System.Text.Json;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Sdapi.Drawing;
using LoraBridge.Server.Sdapi.Files;
using LoraBridge.Server.Sdapi.Settings;
using LoraBridge.Server.Sdapi.Wire;

namespace LoraBridge.Server.Sdapi.Endpoints;

/// <summary>Reads and writes the settings.</summary>
internal static class OptionsApi
{
    private const string Checkpoint = "sd_model_checkpoint";

    public static void MapOptions(this RouteGroupBuilder routes)
    {
        var group = routes.MapGroup("").WithTags("Settings");
        group.MapGet("/options", Get).WithName("SdapiGetOptions").WithSummary("Read every setting");
        group.MapPost("/options", SetAsync).WithName("SdapiSetOptions").WithSummary("Change some settings");
        group.MapGet("/cmd-flags", GetFlags).WithName("SdapiCmdFlags").WithSummary("Read what the server was started with");
    }

    private static JsonAnswer Get(OptionsStore store, CheckpointList checkpoints)
    {
        var options = store.Current;
        var all = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        foreach (var setting in SettingTable.All) all[setting.Name] = options.Shown(setting);
        // the one that would draw, by the title it has now
        if (checkpoints.InUse(options) is { } used)
            (all[Checkpoint], all["sd_checkpoint_hash"]) = (used.Title, used.Sha256 ?? "");
        return new(all);
    }

    private static async Task<JsonAnswer> SetAsync(HttpRequest request, OptionsStore store, CheckpointList checkpoints, JobDrawing drawing, Generations generations)
    {
        var body = await RequestBody.ReadAsync(request).ConfigureAwait(false);
        var changes = new OrderedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in body.EnumerateObject()) changes[member.Name] = member.Value;
        OptionsStore.CheckKeys(changes);

        if (!changes.TryGetValue(Checkpoint, out var name) || name.ValueKind == JsonValueKind.Null)
        {
            changes.Remove(Checkpoint);
            store.Set(changes);
            return JsonAnswer.Null;
        }
        var checkpoint = checkpoints.Find(FieldValue.Text(name)) ?? throw new SdapiFailure("RuntimeError", $"model '{FieldValue.Text(name)}' not found");
        changes[Checkpoint] = JsonSerializer.SerializeToElement(checkpoint.RelativePath);          // a title changes with the hash
        await generations.LoadAsync(drawing.ModelOf(store.Current.With(changes)), request.HttpContext.RequestAborted).ConfigureAwait(false);
        store.Set(changes);
        return JsonAnswer.Null;
    }

    private static JsonAnswer GetFlags(ModelFolders folders, ServerSettings settings) => new(new OrderedDictionary<string, object?>
    {
        ["api"] = true,
        ["nowebui"] = true,
        ["api_auth"] = folders.Settings.Auth is null ? null : "***",
        ["api_server_stop"] = folders.Settings.AllowStop,
        ["cors_allow_origins"] = folders.Settings.CorsOrigins.Count == 0 ? null : string.Join(',', folders.Settings.CorsOrigins),
        ["cors_allow_origins_regex"] = folders.Settings.CorsPattern,
        ["listen"] = !System.Net.IPAddress.IsLoopback(settings.Host),
        ["port"] = settings.Port,
        ["data_dir"] = folders.Data.Path,
        ["models_dir"] = folders.WebUi is { } webUi ? Path.Combine(webUi, "models") : folders.Data.Path,
        ["ckpt"] = folders.Settings.Model,
        ["ckpt_dir"] = folders.Checkpoints[0],
        ["vae_dir"] = folders.Vaes[0],
        ["lora_dir"] = folders.Loras.Count > 1 ? folders.Loras[1] : folders.Loras[0],
        ["embeddings_dir"] = folders.Embeddings,
        ["styles_file"] = new[] { folders.Styles },
        ["hypernetwork_dir"] = null,
        ["no_half"] = false,
        ["medvram"] = false,
        ["lowvram"] = false,
    });
}
