using LoraBridge.Lora.Tools;

namespace LoraBridge.Server.Engine.Protocol;

/// <summary>Bakes a blend of adapters into one file.</summary>
/// <param name="Inputs">The adapters and their weights.</param>
/// <param name="Output">The file to write.</param>
/// <param name="Options">Ranks, type, layout.</param>
/// <param name="BasePath">The checkpoint they are for; null where nothing depends on it.</param>
internal sealed record BakeCall(IReadOnlyList<BakeInput> Inputs, string Output, BakeOptions Options, string? BasePath = null) : EngineCall<BakeDone>;

/// <summary>Gives an adapter other ranks.</summary>
/// <param name="Input">The adapter.</param>
/// <param name="Output">The file to write.</param>
/// <param name="Options">Ranks, type, layout.</param>
/// <param name="BasePath">The checkpoint it is for; null where nothing depends on it.</param>
internal sealed record ResizeCall(string Input, string Output, ResizeOptions Options, string? BasePath = null) : EngineCall<BakeDone>;

/// <summary>Makes the adapter that turns one checkpoint into another.</summary>
/// <param name="TunedPath">The trained checkpoint.</param>
/// <param name="BasePath">What it was trained from.</param>
/// <param name="Output">The file to write.</param>
/// <param name="Options">Ranks, threshold, type.</param>
internal sealed record ExtractCall(string TunedPath, string BasePath, string Output, ExtractOptions Options) : EngineCall<ExtractDone>;

/// <summary>Writes an adapter in another spelling, type or with other remarks.</summary>
/// <param name="Input">The adapter.</param>
/// <param name="Output">The file to write.</param>
/// <param name="Options">What to change.</param>
/// <param name="BasePath">The checkpoint it is for; null where nothing depends on it.</param>
internal sealed record ConvertCall(string Input, string Output, ConvertOptions Options, string? BasePath = null) : EngineCall<ConvertDone>;
