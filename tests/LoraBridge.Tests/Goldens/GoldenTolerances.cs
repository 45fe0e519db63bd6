using System.Text.Json;

namespace LoraBridge.Tests.Goldens;

/// <summary>The limit within which an independent float32 implementation must agree with a golden tensor.</summary>
internal static class GoldenTolerances
{
    /// <summary>
    /// The limit of the goldens' README for that kind of value; more only where the set itself measured that rounding
    /// (float32 against float64) moves the tensor further: independent implementations differ by two or three times that
    /// figure, and a set of larger values than the README's is held to 8 times it.
    /// </summary>
    public static double Limit(string path, string tensorName, double readmeLimit)
    {
        var tolerances = Path.Combine(Path.GetDirectoryName(path)!, "tolerances.json");
        if (!File.Exists(tolerances)) return readmeLimit;
        using var document = JsonDocument.Parse(File.ReadAllBytes(tolerances));
        if (!document.RootElement.TryGetProperty($"{Path.GetFileName(path)}:{tensorName}", out var row)) return readmeLimit;
        if (!row.TryGetProperty("fp32_vs_fp64_maxabs", out var rounding)) return readmeLimit;
        return Math.Max(readmeLimit, 8 * rounding.GetDouble());
    }
}
