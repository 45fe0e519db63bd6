using LoraBridge.Diffusion.Sampling;
using LoraBridge.Server.Datasets;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Sdapi.Files;
using LoraBridge.Server.Sdapi.Settings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LoraBridge.Server.Page;

/// <summary>What forms offer (the checkpoints, autoencoders, samplers and schedulers there are), and what they count while somebody types.</summary>
internal static class ChoicesApi
{
    private const int MostText = 100_000;

    /// <summary>Adds what it needs.</summary>
    public static void AddChoices(this IServiceCollection services) => services.AddSingleton<ModelSizes>();

    /// <summary>Adds the routes.</summary>
    public static void MapChoices(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/lorabridge/v1").WithTags("Choices");
        group.MapGet("/choices", Read).WithName("GetChoices").WithSummary("List what forms offer: checkpoints with their paths, autoencoders, samplers, schedulers");
        group.MapPost("/tokens", Count).WithName("CountTokens").WithSummary("Count the tokens of a text as CLIP reads it, start and end left out");
    }

    private static Ok<ChoicesReport> Read(CheckpointList checkpoints, VaeList vaes, OptionsStore options, ServerSettings settings, ModelSizes sizes, bool refresh = false)
    {
        if (refresh) checkpoints.Refresh();
        var chosen = checkpoints.InUse(options.Current);
        return TypedResults.Ok(new ChoicesReport(
            [.. checkpoints.All.Select(one => new CheckpointChoice(one.ModelName, one.Title, one.Path, one.Path == chosen?.Path, sizes.Of(one.Path)))],
            [.. vaes.All.Select(one => one.Name)],
            [.. Samplers.All.Select(one => one.Name)],
            [.. Schedulers.All.Select(one => one.Label)],
            settings.Data.Checkpoints));
    }

    private static Ok<TokenCount> Count(Body<CountedText> body, TokenCounter tokens)
    {
        if (body.Value.Text.Length > MostText) throw RequestException.Invalid("text", $"It is longer than {MostText} characters.", "Send a shorter text.");
        return TypedResults.Ok(new TokenCount(tokens.Count(body.Value.Text)));
    }
}

/// <summary>A text to count.</summary>
internal sealed record CountedText
{
    /// <summary>The text.</summary>
    public required string Text { get; init; }
}

/// <summary>A text's length.</summary>
/// <param name="Tokens">In CLIP's tokens; null without its vocabulary.</param>
internal sealed record TokenCount(int? Tokens);

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
/// <param name="DefaultSize">The size that it was made for, with which forms begin.</param>
internal sealed record CheckpointChoice(string Name, string Title, string Path, bool IsChosen, PictureSize DefaultSize);
