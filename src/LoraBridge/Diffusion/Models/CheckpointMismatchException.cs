using System.Text;

namespace LoraBridge.Diffusion.Models;

/// <summary>A checkpoint's tensors are not exactly those of the model that its shapes describe.</summary>
public sealed class CheckpointMismatchException : Exception
{
    private const int Shown = 10;

    /// <summary>Reports everything that does not fit at once.</summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="missing">Keys that the model needs and the file lacks.</param>
    /// <param name="unexpected">Keys that the file has and the model does not know.</param>
    /// <param name="misshapen">Keys of another shape, with both shapes.</param>
    public CheckpointMismatchException(string path, IReadOnlyList<string> missing, IReadOnlyList<string> unexpected, IReadOnlyList<string> misshapen)
        : base(Describe(path, missing, unexpected, misshapen))
    {
        Path = path;
        Missing = missing;
        Unexpected = unexpected;
        Misshapen = misshapen;
    }

    /// <summary>The checkpoint.</summary>
    public string Path { get; }

    /// <summary>Keys that the model needs and the file lacks.</summary>
    public IReadOnlyList<string> Missing { get; }

    /// <summary>Keys that the file has and the model does not know.</summary>
    public IReadOnlyList<string> Unexpected { get; }

    /// <summary>Keys of another shape, each with the shape it has and the one it should have.</summary>
    public IReadOnlyList<string> Misshapen { get; }

    private static string Describe(string path, IReadOnlyList<string> missing, IReadOnlyList<string> unexpected, IReadOnlyList<string> misshapen)
    {
        var text = new StringBuilder($"{System.IO.Path.GetFileName(path)} does not hold the model that its shapes describe.");
        Append("missing", missing);
        Append("unexpected", unexpected);
        Append("of another shape", misshapen);
        return text.Append(" The file is incomplete, or of another architecture: fetch it again, or choose a complete Stable Diffusion 1.x checkpoint.").ToString();

        void Append(string what, IReadOnlyList<string> keys)
        {
            if (keys.Count == 0) return;
            text.Append($" {keys.Count} {what}: {string.Join(", ", keys.Take(Shown))}{(keys.Count > Shown ? ", …" : "")}.");
        }
    }
}
