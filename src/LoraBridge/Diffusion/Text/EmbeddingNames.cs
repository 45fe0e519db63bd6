namespace LoraBridge.Diffusion.Text;

/// <summary>A textual-inversion embedding as the prompt sees it.</summary>
/// <param name="Name">What stands for it in a prompt.</param>
/// <param name="Tokens">The name's tokens.</param>
/// <param name="Vectors">How many tokens of a chunk it takes, 1 to 75.</param>
public sealed record EmbeddingName(string Name, IReadOnlyList<int> Tokens, int Vectors);

/// <summary>The embeddings a prompt may name, found by their tokens: whole tokens, any case, the longest name first.</summary>
public sealed class EmbeddingNames
{
    private readonly Dictionary<int, List<EmbeddingName>> _byFirstToken = [];

    /// <summary>Collects embeddings.</summary>
    /// <param name="tokenizer">The tokenizer of the prompts.</param>
    /// <param name="embeddings">Each one's name and number of vectors; names without a token are left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">An embedding has no vector, or more than fit a chunk.</exception>
    public EmbeddingNames(ClipTokenizer tokenizer, IEnumerable<(string Name, int Vectors)> embeddings)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(embeddings);
        foreach (var (name, vectors) in embeddings)
        {
            if (vectors is < 1 or > PromptChunk.TextLength)
                throw new ArgumentOutOfRangeException(nameof(embeddings), $"The embedding '{name}' has {vectors} vectors. A prompt takes 1 to {PromptChunk.TextLength}: leave it out.");
            var tokens = tokenizer.Encode(name);
            if (tokens.Count == 0) continue;
            if (!_byFirstToken.TryGetValue(tokens[0], out var list)) _byFirstToken[tokens[0]] = list = [];
            list.Add(new(name, tokens, vectors));
        }
        foreach (var list in _byFirstToken.Values) list.Sort((a, b) => b.Tokens.Count.CompareTo(a.Tokens.Count));
    }

    /// <returns>The embedding whose name stands at a position of a piece's tokens; null when none does.</returns>
    internal EmbeddingName? Find(IReadOnlyList<int> tokens, int position)
    {
        if (!_byFirstToken.TryGetValue(tokens[position], out var list)) return null;
        return list.Find(embedding => position + embedding.Tokens.Count <= tokens.Count && Matches(embedding));

        bool Matches(EmbeddingName embedding)
        {
            for (var i = 1; i < embedding.Tokens.Count; i++)
            {
                if (tokens[position + i] != embedding.Tokens[i]) return false;
            }
            return true;
        }
    }
}
