using LoraBridge.Checkpoints;
using LoraBridge.Lora.Catalog;
using LoraBridge.Server.Errors;

namespace LoraBridge.Server.Adapters;

/// <summary>A value that two adapters have differently.</summary>
internal sealed record Difference(string Key, string Left, string Right);

/// <summary>What two adapters have in common, and what not.</summary>
/// <param name="Same">How many keys have the same value in both.</param>
/// <param name="OnlyLeft">Keys that the first alone has.</param>
/// <param name="OnlyRight">Keys that the second alone has.</param>
/// <param name="Different">Keys that both have, with another value.</param>
internal sealed record ComparedKeys(int Same, IReadOnlyList<string> OnlyLeft, IReadOnlyList<string> OnlyRight, IReadOnlyList<Difference> Different);

/// <summary>Two adapters side by side, by what their headers say.</summary>
/// <param name="Left">The first.</param>
/// <param name="Right">The second.</param>
/// <param name="SameData">Whether their tensors are the same to the byte, by their hashes; null while one is unknown.</param>
/// <param name="Metadata">What they say of themselves.</param>
/// <param name="Tensors">Their tensors' types and shapes.</param>
internal sealed record AdapterComparison(AdapterReport Left, AdapterReport Right, bool? SameData, ComparedKeys Metadata, ComparedKeys Tensors)
{
    private const int MostText = 4000;

    /// <summary>Compares two files without reading a number of their tensors.</summary>
    /// <exception cref="RequestException">One is no safetensors file, or is damaged.</exception>
    public static AdapterComparison Of(LoraEntry left, LoraEntry right)
    {
        using var first = Open(left, "left");
        using var second = Open(right, "right");
        return new(AdapterReport.Of(left), AdapterReport.Of(right), left.Hash is null || right.Hash is null ? null : left.Hash == right.Hash,
            Compare(first.Metadata, second.Metadata), Compare(Shapes(first), Shapes(second)));
    }

    private static SafetensorsFile Open(LoraEntry entry, string field)
    {
        try
        {
            return SafetensorsFile.Open(entry.FullPath);
        }
        catch (CheckpointFormatException error)
        {
            throw RequestException.Conflict(field, $"{entry.Name} cannot be read: {error.Reason}.", error.Cure ?? "Convert it to safetensors, or fetch it again.");
        }
        catch (IOException error)
        {
            throw RequestException.Conflict(field, $"{entry.Name} cannot be read: {error.Message}", "Check that the file is still there.");
        }
    }

    private static Dictionary<string, string> Shapes(SafetensorsFile file) =>
        file.Tensors.ToDictionary(pair => pair.Key, pair => $"{pair.Value.Type} [{string.Join(", ", pair.Value.Shape)}]", StringComparer.Ordinal);

    private static ComparedKeys Compare(IReadOnlyDictionary<string, string> left, IReadOnlyDictionary<string, string> right)
    {
        var both = left.Keys.Where(right.ContainsKey).Order(StringComparer.Ordinal).ToList();
        var different = both.Where(key => left[key] != right[key]).Select(key => new Difference(key, Short(left[key]), Short(right[key]))).ToList();
        return new(both.Count - different.Count, Alone(left, right), Alone(right, left), different);
    }

    private static List<string> Alone(IReadOnlyDictionary<string, string> one, IReadOnlyDictionary<string, string> other) =>
        [.. one.Keys.Where(key => !other.ContainsKey(key)).Order(StringComparer.Ordinal)];

    private static string Short(string text) => text.Length > MostText ? text[..MostText] + "…" : text;
}
