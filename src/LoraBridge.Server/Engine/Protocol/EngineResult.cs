using System.Text.Json.Serialization;
using LoraBridge.Diffusion.Text;
using LoraBridge.Generation;
using LoraBridge.Lora.Tools;
using LoraBridge.Training;

namespace LoraBridge.Server.Engine.Protocol;

/// <summary>What a call came to.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "result")]
[JsonDerivedType(typeof(GenerateResult), "pictures")]
[JsonDerivedType(typeof(PreviewResult), "preview")]
[JsonDerivedType(typeof(TrainResult), "training")]
[JsonDerivedType(typeof(PreflightResult), "preflight")]
[JsonDerivedType(typeof(LoadResult), "loaded")]
[JsonDerivedType(typeof(UnloadResult), "unloaded")]
[JsonDerivedType(typeof(BakeDone), "baked")]
[JsonDerivedType(typeof(ExtractDone), "extracted")]
[JsonDerivedType(typeof(ConvertDone), "converted")]
internal abstract record EngineResult;

/// <summary>A picture as a PNG file.</summary>
/// <param name="Png">The file's bytes; the infotext stands in it under <c>parameters</c>.</param>
/// <param name="Infotext">How it was made.</param>
/// <param name="Seed">Its seed.</param>
internal sealed record EnginePicture(byte[] Png, string Infotext, long Seed)
{
    /// <summary>Its variation seed.</summary>
    public long Subseed { get; init; }

    /// <summary>Whether sampling was stopped on the way, so that this is what there was.</summary>
    public bool IsUnfinished { get; init; }

    /// <summary>Where it was drawn, a grey PNG file of its size; null without a mask.</summary>
    public byte[]? Mask { get; init; }
}

/// <summary>Pictures that were made.</summary>
/// <param name="Images">In the order of their seeds.</param>
/// <param name="Warnings">What of the prompts had no effect, and why.</param>
/// <param name="Notes">What the user should know of how they were made.</param>
internal sealed record GenerateResult(IReadOnlyList<EnginePicture> Images, IReadOnlyList<PromptWarning> Warnings, IReadOnlyList<string> Notes) : EngineResult
{
    /// <summary>What was chosen for values that the request left open.</summary>
    public GenerationFacts Facts { get; init; } = new();

    /// <summary>Whether it was interrupted: pictures are missing, or the last ones are unfinished.</summary>
    public bool WasInterrupted { get; init; }
}

/// <summary>Blends to look at.</summary>
/// <param name="Sheet">All of them with their labels, a PNG file.</param>
/// <param name="Images">One for each blend.</param>
/// <param name="Warnings">What of the prompts had no effect, and why.</param>
internal sealed record PreviewResult(byte[] Sheet, IReadOnlyList<EnginePicture> Images, IReadOnlyList<PromptWarning> Warnings) : EngineResult;

/// <summary>A training that ended: finished, or stopped and ready to go on.</summary>
/// <param name="Training">What it came to.</param>
internal sealed record TrainResult(TrainingResult Training) : EngineResult;

/// <summary>A checkpoint that is in memory.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Bytes">The memory it takes.</param>
internal sealed record LoadResult(string Path, long Bytes) : EngineResult;

/// <summary>Memory was given back.</summary>
internal sealed record UnloadResult : EngineResult;

/// <summary>A blend that was baked, or an adapter that was resized.</summary>
/// <param name="Tool">Its files and how well they fit.</param>
internal sealed record BakeDone(BakeResult Tool) : EngineResult;

/// <summary>An adapter that was extracted.</summary>
/// <param name="Tool">Its files and how well they fit.</param>
internal sealed record ExtractDone(ExtractResult Tool) : EngineResult;

/// <summary>An adapter that was converted.</summary>
/// <param name="Tool">Its files and what was left out.</param>
internal sealed record ConvertDone(ConvertResult Tool) : EngineResult;
