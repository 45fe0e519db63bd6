using LoraBridge.Diffusion.Sampling;
using LoraBridge.Server.Sdapi.Files;
using LoraBridge.Server.Sdapi.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LoraBridge.Server.Page;

/// <summary>What forms offer: the checkpoints, autoencoders, samplers and schedulers there are.</summary>
internal static class ChoicesApi
{
    /// <summary>Adds the route.</summary>
    public static void MapChoices(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/lorabridge/v1/choices", Read).WithTags("Status").WithName("GetChoices").WithSummary("List what forms offer: checkpoints with their paths, autoencoders, samplers, schedulers");

    private static Ok<ChoicesReport> Read(CheckpointList checkpoints, VaeList vaes, OptionsStore options, ServerSettings settings, bool refresh = false)
    {
        if (refresh) checkpoints.Refresh();
        var chosen = checkpoints.Find(options.Current.Text("sd_model_checkpoint")) ?? checkpoints.Default;
        return TypedResults.Ok(new ChoicesReport(
            [.. checkpoints.All.Select(one => new CheckpointChoice(one.ModelName, one.Title, one.Path, one.Path == chosen?.Path))],
            [.. vaes.All.Select(one => one.Name)],
            [.. Samplers.All.Select(one => one.Name)],
            [.. Schedulers.All.Select(one => one.Label)],
            settings.Data.Checkpoints));
    }
}

/// <summary>What forms offer.</summary>
/// <param name="Checkpoints">The base models.</param>
/// <param name="Vaes">Autoencoders with files of their own.</param>
/// <param name="Samplers">Samplers by their names.</param>
/// <param name="Schedulers">Schedulers by the names for people.</param>
/// <param name="CheckpointFolder">Where a checkpoint is put so that it is found.</param>
internal sealed record ChoicesReport(
    IReadOnlyList<CheckpointChoice> Checkpoints, IReadOnlyList<string> Vaes, IReadOnlyList<string> Samplers, IReadOnlyList<string> Schedulers, string CheckpointFolder);

/// <summary>A base model.</summary>
/// <param name="Name">Its file's name without the ending.</param>
/// <param name="Title">As the WebUI calls it.</param>
/// <param name="Path">Its file, for a training's settings.</param>
/// <param name="IsChosen">Whether it is the one in use.</param>
internal sealed record CheckpointChoice(string Name, string Title, string Path, bool IsChosen);
