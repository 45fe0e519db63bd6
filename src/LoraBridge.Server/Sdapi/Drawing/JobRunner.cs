using System.Security.Cryptography;
using System.Text.Json;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Sdapi.Files;
using LoraBridge.Server.Sdapi.Scripts;
using LoraBridge.Server.Sdapi.Settings;
using LoraBridge.Server.Sdapi.Wire;

namespace LoraBridge.Server.Sdapi.Drawing;

/// <summary>Carries out a request for pictures from its fields to its answer.</summary>
internal sealed class JobRunner(
    Generations generations, JobDrawing drawing, JobAnswer answer, InfotextFields infotexts, OptionsStore store, CheckpointList checkpoints, PictureInput pictures, PictureFolder folder, IHostApplicationLifetime life)
{
    private const string TaskLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    /// <summary>Draws what a request asks for.</summary>
    /// <param name="kind"><c>txt2img</c> or <c>img2img</c>.</param>
    /// <param name="fields">The request; changed by its infotext.</param>
    /// <param name="cancel">Of the client: what it asked for is given up when it goes.</param>
    public async Task<JsonAnswer> RunAsync(string kind, FieldValues fields, CancellationToken cancel)
    {
        if (kind == "img2img" && fields.Texts("init_images").Count == 0) throw new SdapiException(404, "Init image not found");
        infotexts.Apply(kind, fields, store.Current);
        var scripts = ChosenScripts.Of(kind, fields);
        var changes = Overrides(fields.Members("override_settings"));
        var job = scripts.Prepare(new(fields.TextOrNull("force_task_id") is { Length: > 0 } id ? id : NewId(kind), kind, fields, store.Current.With(changes)));
        _ = PictureOutput.Of(job.Options);
        if (fields.Flag("save_images")) folder.Check(job.Options, kind);
        if (job.IsImageToImage) job = await WithPicturesAsync(job, cancel).ConfigureAwait(false);
        drawing.Request(job);
        drawing.CheckpointOf(job.Options);

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel, life.ApplicationStopping);
        return await generations.RunAsync(job.Id, $"scripts_{kind}", async () =>
        {
            var timestamp = generations.State.JobTimestamp;
            var result = await scripts.RunAsync(job, (part, index, count) => drawing.DrawAsync(part, index, count, end.Token)).ConfigureAwait(false);
            if (!fields.Flag("override_settings_restore_afterwards")) store.Leave(changes);
            return answer.Of(job, result, generations.State.Interrupted, timestamp);
        }, end.Token).ConfigureAwait(false);
    }

    private Dictionary<string, JsonElement> Overrides(IReadOnlyDictionary<string, JsonElement> given)
    {
        OptionsStore.CheckKeys(given);
        var changes = given.Where(pair => pair.Value.ValueKind != JsonValueKind.Null).ToDictionary(StringComparer.Ordinal);
        // a checkpoint that is not there is passed over without a word, as upstream
        if (changes.TryGetValue("sd_model_checkpoint", out var name))
        {
            if (checkpoints.Find(FieldValue.Text(name)) is { } checkpoint) changes["sd_model_checkpoint"] = JsonSerializer.SerializeToElement(checkpoint.RelativePath);
            else changes.Remove("sd_model_checkpoint");
        }
        return changes;
    }

    private async Task<PictureJob> WithPicturesAsync(PictureJob job, CancellationToken cancel)
    {
        var init = new List<byte[]>();
        foreach (var text in job.Fields.Texts("init_images")) init.Add(await pictures.ReadAsync(text, cancel).ConfigureAwait(false));
        var mask = job.Fields.TextOrNull("mask") is { Length: > 0 } given ? await pictures.ReadAsync(given, cancel).ConfigureAwait(false) : null;
        return job with { Init = init, Mask = mask };
    }

    private static string NewId(string kind) => $"task({kind}-{new string(RandomNumberGenerator.GetItems<char>(TaskLetters, 7))})";
}
