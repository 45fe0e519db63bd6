using LoraBridge.Checkpoints;

namespace LoraBridge.Lora.Catalog;

/// <summary>Reads the header of an adapter file, and says what is wrong with one that has none.</summary>
internal static class LoraHeaderReader
{
    /// <summary>Reads one file; when it could not be opened at all it is worth trying again later.</summary>
    public static (LoraHeader Header, bool TryAgain) Read(FoundFile found)
    {
        if (found.Stamp.Size < 0) return Broken($"{found.FullPath}: the link leads to no file. Restore the file or remove the link.");
        // never opened: a pipe has this size too, and opening one waits for its other end
        if (found.Stamp.Size == 0) return Broken($"{found.FullPath}: the file is empty. Fetch it again.");
        try
        {
            using var file = CheckpointFile.Open(found.FullPath);
            return (Of(file), TryAgain: false);
        }
        catch (CheckpointFormatException e)
        {
            return Broken(e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (Broken($"{found.FullPath} cannot be read: {e.Message}").Header, TryAgain: true);
        }
    }

    private static LoraHeader Of(CheckpointFile file)
    {
        var keys = LoraKeys.Of(file.Tensors.Values);
        var (family, evidence) = AdapterFamilyRules.FamilyOf(file.Metadata, keys);
        return new()
        {
            OutputName = file.Metadata.GetValueOrDefault("ss_output_name", ""),
            Family = family,
            FamilyEvidence = evidence,
            MinRank = keys.MinRank,
            MaxRank = keys.MaxRank,
            Algorithms = keys.Algorithms,
            UNetModules = keys.UNetModules,
            TextModules = keys.TextModules,
            TensorCount = file.Tensors.Count,
            Tags = TagFrequency.Of(file.Metadata),
            ClaimedHash = HashIn(file.Metadata),
            Problem = keys.Algorithms == LoraAlgorithms.None ? $"{file.Path}: none of its {file.Tensors.Count:N0} tensors belongs to an adapter." : null,
        };
    }

    private static string? HashIn(IReadOnlyDictionary<string, string> metadata) =>
        metadata.TryGetValue("sshs_model_hash", out var hash) && hash.Length == 64 && hash.All(char.IsAsciiHexDigit) ? hash.ToLowerInvariant() : null;

    private static (LoraHeader Header, bool TryAgain) Broken(string problem) => (new() { Problem = problem }, TryAgain: false);
}
