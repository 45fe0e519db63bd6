namespace LoraBridge.Server.Sdapi.Scripts;

/// <summary>All scripts that requests may name.</summary>
internal static class ScriptTable
{
    /// <summary>Those that are part of every request, then those that one chooses.</summary>
    public static IReadOnlyList<Script> All { get; } = [new RefinerScript(), new SamplerScript(), new SeedScript(), new GridScript(), new PromptMatrixScript(), new TiledUpscaleScript()];

    /// <summary>Those for a kind of request.</summary>
    public static IEnumerable<Script> For(string kind) => All.Where(script => script.IsFor(kind));
}
