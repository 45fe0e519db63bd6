using System.Security.Cryptography;
using System.Runtime.InteropServices;
using LoraBridge.Checkpoints;
using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Text;

/// <summary>A textual-inversion embedding: vectors that stand for a word. Its numbers are few and kept as plain data, so there is nothing to dispose.</summary>
public sealed class TextEmbedding
{
    private readonly float[] _values;

    private TextEmbedding(string name, int vectors, int width, float[] values, string source, string? hash)
    {
        Name = name;
        Vectors = vectors;
        Width = width;
        Source = source;
        Hash = hash;
        _values = values;
        Digest = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(values.AsSpan())));
    }

    /// <summary>What stands for it in a prompt.</summary>
    public string Name { get; }

    /// <summary>How many tokens it takes.</summary>
    public int Vectors { get; }

    /// <summary>Width of each vector, D: that of the text encoder it was made for.</summary>
    public int Width { get; }

    /// <summary>The file it comes from.</summary>
    public string Source { get; }

    /// <summary>The first 12 hexadecimal digits of the whole file's SHA-256; null when it comes with a LoRA.</summary>
    public string? Hash { get; }

    /// <summary>SHA-256 of the numbers, by which two embeddings of one name are told apart.</summary>
    internal string Digest { get; }

    /// <summary>Makes an embedding of a tensor.</summary>
    /// <param name="name">What stands for it in a prompt.</param>
    /// <param name="vectors">(n, D), or (D) for one vector; of any floating-point type.</param>
    /// <param name="source">The file it comes from.</param>
    /// <param name="hash">The first 12 digits of the file's hash, if it has a file of its own.</param>
    /// <exception cref="CheckpointFormatException">The tensor has another shape, or values that are no numbers.</exception>
    public static TextEmbedding FromTensor(string name, Tensor vectors, string source, string? hash = null)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        var shape = vectors.shape;
        if (shape.Length is not (1 or 2) || shape.Any(length => length == 0) || !vectors.is_floating_point())
            throw new CheckpointFormatException(source, $"the embedding '{name}' is [{string.Join(", ", shape)}] of {vectors.dtype}, where an embedding has vectors by width", "Get a textual inversion for Stable Diffusion 1");
        using var scope = NewDisposeScope();
        var values = vectors.detach().cpu().to(float32).contiguous().data<float>().ToArray();
        var bad = values.Count(value => !float.IsFinite(value));
        if (bad > 0)
            throw new CheckpointFormatException(source, $"the embedding '{name}' has {bad} of {values.Length} values that are no numbers (NaN or infinity), and would spoil every picture", "Train it again with a lower learning rate, or use an earlier save");
        return new(name, shape.Length == 1 ? 1 : checked((int)shape[0]), checked((int)shape[^1]), values, source, hash);
    }

    /// <summary>The vectors, (n, D), float32; the caller disposes them.</summary>
    public Tensor ToTensor(Device device) => tensor(_values, [Vectors, Width], dtype: float32, device: device);

    /// <summary>What an infotext says under <c>TI hashes</c>: name and hash of each embedding that has a file, each once; null when none has.</summary>
    public static string? DescribeHashes(IEnumerable<TextEmbedding> used)
    {
        ArgumentNullException.ThrowIfNull(used);
        var hashes = used.Where(embedding => embedding.Hash is not null)
            .Select(embedding => $"{embedding.Name.Replace(":", "", StringComparison.Ordinal).Replace(",", "", StringComparison.Ordinal)}: {embedding.Hash}")
            .Distinct()
            .ToList();
        return hashes.Count == 0 ? null : string.Join(", ", hashes);
    }
}
