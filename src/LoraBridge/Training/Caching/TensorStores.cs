using LoraBridge.Training.Settings;

namespace LoraBridge.Training.Caching;

/// <summary>The stores that a run's options ask for.</summary>
public static class TensorStores
{
    /// <summary>Where latents are kept: <c>latents</c> in the cache folder, or memory.</summary>
    /// <param name="options">Whether on the disk, and in which folder.</param>
    /// <param name="outputFolder">Where the cache folder lies when the options name none.</param>
    public static ITensorStore Latents(CacheOptions options, string outputFolder)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.LatentsOnDisk ? new DiskTensorStore(Path.Combine(FolderOf(options, outputFolder), "latents"), limit: options.DiskLimitBytes) : new MemoryTensorStore();
    }

    /// <summary>Where text states are kept: <c>text</c> in the cache folder, or memory.</summary>
    /// <param name="options">Whether on the disk, and in which folder.</param>
    /// <param name="outputFolder">Where the cache folder lies when the options name none.</param>
    public static ITensorStore TextStates(CacheOptions options, string outputFolder)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.TextStatesOnDisk ? new DiskTensorStore(Path.Combine(FolderOf(options, outputFolder), "text"), limit: options.DiskLimitBytes) : new MemoryTensorStore();
    }

    private static string FolderOf(CacheOptions options, string outputFolder) => options.Folder is { Length: > 0 } own ? own : Path.Combine(outputFolder, "cache");
}
