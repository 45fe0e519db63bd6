using System.Security.Cryptography;
using System.Text;

namespace LoraBridge.Diffusion.Text;

/// <summary>The embeddings that the prompts of a generation may name, for one text encoder.</summary>
public sealed class TextEmbeddings
{
    private readonly Dictionary<string, TextEmbedding> _usable = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PromptWarning> _unusable = new(StringComparer.Ordinal);
    private readonly ClipTokenizer _tokenizer;
    private readonly EmbeddingNames _unusableNames;

    /// <summary>Collects embeddings.</summary>
    /// <param name="tokenizer">The tokenizer of the prompts.</param>
    /// <param name="width">The text encoder's width, D: 768 for Stable Diffusion 1.</param>
    /// <param name="embeddings">Those of the folder; of two with one name the later.</param>
    /// <param name="bundled">Those that this generation's LoRAs carry; one of the folder with the same name hides it.</param>
    public TextEmbeddings(ClipTokenizer tokenizer, long width, IEnumerable<TextEmbedding> embeddings, IEnumerable<TextEmbedding>? bundled = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(embeddings);
        _tokenizer = tokenizer;
        foreach (var embedding in embeddings) Add(embedding, width);
        foreach (var embedding in bundled ?? [])
        {
            if (!_usable.ContainsKey(embedding.Name)) Add(embedding, width);
        }
        Names = new(tokenizer, _usable.Values.Select(embedding => (embedding.Name, embedding.Vectors)));
        _unusableNames = new(tokenizer, _unusable.Keys.Where(name => !_usable.ContainsKey(name)).Select(name => (name, 1)));
        var content = string.Concat(_usable.Values.Select(embedding => $"{embedding.Name.Length}:{embedding.Name}{embedding.Vectors}:{embedding.Digest}"));
        State = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));
    }

    /// <summary>Their names as chunks find them.</summary>
    public EmbeddingNames Names { get; }

    /// <summary>The embeddings that can be used.</summary>
    public IReadOnlyCollection<TextEmbedding> Usable => _usable.Values;

    /// <summary>A short text that differs when the names or the numbers do.</summary>
    internal string State { get; }

    /// <summary>The usable embedding of a name.</summary>
    /// <exception cref="KeyNotFoundException">There is none of that name.</exception>
    public TextEmbedding this[string name] =>
        _usable.TryGetValue(name, out var embedding) ? embedding : throw new KeyNotFoundException($"There is no embedding '{name}' for this text encoder.");

    /// <summary>A warning for every embedding that a prompt names and that this text encoder cannot use, the reason included.</summary>
    public IReadOnlyList<PromptWarning> Warnings(string prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        if (_unusable.Count == 0) return [];
        var chunks = PromptChunks.Read(prompt, _tokenizer, new() { Embeddings = _unusableNames }).Chunks;
        return [.. chunks.SelectMany(chunk => chunk.Fixes).Select(fix => fix.Name).Distinct().Select(name => _unusable[name])];
    }

    private void Add(TextEmbedding embedding, long width)
    {
        var reason = embedding.Width != width
            ? $"its vectors are {embedding.Width} wide, which is {Family(embedding.Width)}, and this model's text encoder is {width} wide ({Family(width)}). Use one that was made for this family"
            : embedding.Vectors > PromptChunk.TextLength ? $"it has {embedding.Vectors} vectors, and a chunk of a prompt takes {PromptChunk.TextLength}. Use a shorter one" : null;
        if (reason is null) _usable[embedding.Name] = embedding;
        else _unusable[embedding.Name] = new(embedding.Name, $"The embedding '{embedding.Name}' was not used, its name is read as words: {reason}.");
    }

    private static string Family(long width) => width switch
    {
        768 => "Stable Diffusion 1",
        1024 => "Stable Diffusion 2",
        1280 => "the second encoder of SDXL",
        2048 => "SDXL",
        _ => "no family known here",
    };
}
