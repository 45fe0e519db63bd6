namespace LoraBridge.Diffusion.Text;

/// <summary>Fills chunk after chunk with tokens, wrapping at a comma where one is near.</summary>
internal sealed class PromptChunkWriter(int commaToken, PromptChunkOptions options)
{
    private readonly List<PromptChunk> _chunks = [];
    private readonly List<int> _tokens = new(PromptChunk.Length);
    private readonly List<double> _weights = new(PromptChunk.Length);
    private readonly List<EmbeddingFix> _fixes = [];
    private int _lastComma = -1;

    public void Add(IReadOnlyList<int> tokens, double weight)
    {
        for (var i = 0; i < tokens.Count;)
        {
            if (tokens[i] == commaToken) _lastComma = _tokens.Count;
            else if (IsFull && _lastComma >= 0 && _tokens.Count - _lastComma <= options.CommaBacktrack) WrapAtComma();
            if (IsFull) Break();

            if (options.Embeddings?.Find(tokens, i) is { } embedding)
            {
                AddEmbedding(embedding, weight);
                i += embedding.Tokens.Count;
                continue;
            }
            _tokens.Add(tokens[i++]);
            _weights.Add(weight);
        }
    }

    /// <summary>Ends the chunk, however full it is.</summary>
    public void Break() => Close();

    public PromptChunks Finish()
    {
        var count = _chunks.Count * PromptChunk.TextLength + _tokens.Count;
        if (_tokens.Count > 0 || _chunks.Count == 0) Close();
        return new(_chunks, count);
    }

    private bool IsFull => _tokens.Count == PromptChunk.TextLength;

    private void AddEmbedding(EmbeddingName embedding, double weight)
    {
        if (_tokens.Count + embedding.Vectors > PromptChunk.TextLength) Break();
        _fixes.Add(new(1 + _tokens.Count, embedding.Name, embedding.Vectors));
        _tokens.AddRange(Enumerable.Repeat(0, embedding.Vectors));
        _weights.AddRange(Enumerable.Repeat(weight, embedding.Vectors));
    }

    private void WrapAtComma()
    {
        var first = _lastComma + 1;
        var tokens = _tokens[first..];
        var weights = _weights[first..];
        var fixes = _fixes.FindAll(fix => fix.Offset > first);
        _tokens.RemoveRange(first, tokens.Count);
        _weights.RemoveRange(first, weights.Count);
        _fixes.RemoveAll(fix => fix.Offset > first);
        Close();
        _tokens.AddRange(tokens);
        _weights.AddRange(weights);
        _fixes.AddRange(fixes.Select(fix => fix with { Offset = fix.Offset - first }));
    }

    private void Close()
    {
        List<int> tokens = [ClipVocabulary.StartToken, .. _tokens, .. Enumerable.Repeat(ClipVocabulary.EndToken, PromptChunk.Length - 1 - _tokens.Count)];
        // what the model was trained with follows the first end token, also when someone typed that
        for (var i = tokens.IndexOf(ClipVocabulary.EndToken) + 1; i < tokens.Count; i++)
        {
            if (options.PadToken != ClipVocabulary.EndToken) tokens[i] = options.PadToken;
        }
        _chunks.Add(new(tokens, [1, .. _weights, .. Enumerable.Repeat(1.0, PromptChunk.Length - 1 - _weights.Count)], [.. _fixes]));
        _tokens.Clear();
        _weights.Clear();
        _fixes.Clear();
        _lastComma = -1;
    }
}
