using System.Text.Json.Serialization;
using LoraBridge.Training;

namespace LoraBridge.Server.Engine.Protocol;

/// <summary>A line of an engine's answer to a call.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "line")]
[JsonDerivedType(typeof(QueuedLine), "queued")]
[JsonDerivedType(typeof(ProgressLine), "progress")]
[JsonDerivedType(typeof(EventLine), "event")]
[JsonDerivedType(typeof(ResultLine), "result")]
[JsonDerivedType(typeof(ErrorLine), "error")]
internal abstract record EngineLine;

/// <summary>The call waits for the device.</summary>
/// <param name="Place">How many are before it, the one in work included; a training that will make room between two steps counts as one.</param>
/// <param name="ExpectedSeconds">How long that will take; null where nothing is known yet.</param>
internal sealed record QueuedLine(int Place, double? ExpectedSeconds) : EngineLine;

/// <summary>How far the call is.</summary>
/// <param name="Progress">The numbers.</param>
internal sealed record ProgressLine(EngineProgress Progress) : EngineLine;

/// <summary>Something happened in a training.</summary>
/// <param name="Event">What.</param>
internal sealed record EventLine(TrainingEvent Event) : EngineLine;

/// <summary>The call is done; no line follows.</summary>
/// <param name="Result">What it came to.</param>
internal sealed record ResultLine(EngineResult Result) : EngineLine;

/// <summary>The call failed; no line follows.</summary>
/// <param name="Kind">What kind of failure it is.</param>
/// <param name="Message">What is wrong and what helps, for a person.</param>
/// <param name="Field">The field of the request that is wrong, in camelCase; null where it is none.</param>
internal sealed record ErrorLine(EngineErrorKind Kind, string Message, string? Field = null) : EngineLine
{
    /// <summary>The adapter, as the request named it, that is missing or cannot be used; null where it is something else.</summary>
    public string? Adapter { get; init; }
}

/// <summary>What a call is doing.</summary>
internal enum EngineStage
{
    /// <summary>It waits for the device.</summary>
    Queued,

    /// <summary>A checkpoint is read.</summary>
    Loading,

    /// <summary>Pictures are sampled.</summary>
    Sampling,

    /// <summary>A tool works on layers.</summary>
    Working,
}

/// <summary>How far a call is.</summary>
/// <param name="Stage">What it is doing.</param>
/// <param name="Fraction">How much of the stage is done, 0 to 1.</param>
internal sealed record EngineProgress(EngineStage Stage, double Fraction)
{
    /// <summary>While it waits: how many are before it.</summary>
    public int Place { get; init; }

    /// <summary>While it waits: how long that will take in seconds, where it is known.</summary>
    public double? ExpectedSeconds { get; init; }

    /// <summary>Pictures that are finished.</summary>
    public int Finished { get; init; }

    /// <summary>Pictures wanted.</summary>
    public int Wanted { get; init; }

    /// <summary>Sampling passes that are finished: one a batch, two with a second pass at a larger size.</summary>
    public int Pass { get; init; }

    /// <summary>Sampling passes in all.</summary>
    public int Passes { get; init; }

    /// <summary>Steps done in the present pass.</summary>
    public int Step { get; init; }

    /// <summary>Steps of the present pass.</summary>
    public int Steps { get; init; }

    /// <summary>What the pictures in work look like, a PNG file; null where there is nothing new to see.</summary>
    public byte[]? Preview { get; init; }
}
