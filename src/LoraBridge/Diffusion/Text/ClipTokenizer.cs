using System.Collections.Concurrent;

namespace LoraBridge.Diffusion.Text;

/// <summary>CLIP's byte-pair tokenizer: text to tokens without start, end or a limit. May be used from many threads.</summary>
public sealed class ClipTokenizer
{
    // words of a caption folder fit; junk that never repeats cannot grow it without end
    private const int CachedWords = 1 << 15;
    private const int LongestCachedWord = 64;

    private readonly ClipVocabulary _vocabulary;
    private readonly ConcurrentDictionary<string, int[]> _words = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _wordsBySpan;
    private int _cached;

    /// <summary>Tokenizes with the given vocabulary.</summary>
    public ClipTokenizer(ClipVocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        _vocabulary = vocabulary;
        _wordsBySpan = _words.GetAlternateLookup<ReadOnlySpan<char>>();
        CommaToken = Encode(",")[0];
    }

    /// <summary>The token of a comma that stands alone, where chunks may be wrapped.</summary>
    public int CommaToken { get; }

    /// <summary>The text's tokens; an empty text has none.</summary>
    public IReadOnlyList<int> Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var tokens = new List<int>();
        foreach (var word in new ClipWords(TextCleaning.Clean(text)))
        {
            var ids = EncodeWord(word);
            if (ids.Length == 1) tokens.Add(ids[0]);
            else tokens.AddRange(ids);
        }
        return tokens;
    }

    /// <summary>How many tokens the text has.</summary>
    public int Count(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var count = 0;
        foreach (var word in new ClipWords(TextCleaning.Clean(text))) count += EncodeWord(word).Length;
        return count;
    }

    /// <summary>The text of tokens as the tokenizer reads it: lower case, words separated by a space.</summary>
    public string Decode(IEnumerable<int> tokens) => _vocabulary.Decode(tokens).TrimEnd(' ');

    private int[] EncodeWord(ReadOnlySpan<char> word)
    {
        if (_wordsBySpan.TryGetValue(word, out var known)) return known;

        var tokens = BytePairs.Encode(_vocabulary, word);
        if (word.Length > LongestCachedWord) return tokens;
        if (Volatile.Read(ref _cached) >= CachedWords)
        {
            _words.Clear();
            Volatile.Write(ref _cached, 0);
        }
        if (_wordsBySpan.TryAdd(word, tokens)) Interlocked.Increment(ref _cached);
        return tokens;
    }
}
