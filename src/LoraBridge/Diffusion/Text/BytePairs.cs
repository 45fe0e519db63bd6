using System.Buffers;
using System.Text;

namespace LoraBridge.Diffusion.Text;

/// <summary>Byte-pair encoding of one word: its bytes, merged by the vocabulary's lowest pair until none merges.</summary>
internal static class BytePairs
{
    public static int[] Encode(ClipVocabulary vocabulary, ReadOnlySpan<char> word)
    {
        if (word is "<|startoftext|>") return [ClipVocabulary.StartToken];
        if (word is "<|endoftext|>") return [ClipVocabulary.EndToken];

        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(word.Length));
        var tokens = ArrayPool<int>.Shared.Rent(bytes.Length);
        try
        {
            var count = Encoding.UTF8.GetBytes(word, bytes);
            for (var i = 0; i < count; i++) tokens[i] = ByteSymbols.Position(bytes[i]);
            tokens[count - 1] += ByteSymbols.Count;                         // the last byte ends the word
            return tokens[..Merge(vocabulary, tokens.AsSpan(0, count))];
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
            ArrayPool<int>.Shared.Return(tokens);
        }
    }

    /// <returns>How many tokens are left at the front of <paramref name="tokens"/>.</returns>
    private static int Merge(ClipVocabulary vocabulary, Span<int> tokens)
    {
        var count = tokens.Length;
        while (count > 1)
        {
            var (lowest, left, right) = (int.MaxValue, 0, 0);
            for (var i = 0; i + 1 < count; i++)
            {
                var merged = vocabulary.Merge(tokens[i], tokens[i + 1]);
                if (merged >= 0 && merged < lowest) (lowest, left, right) = (merged, tokens[i], tokens[i + 1]);
            }
            if (lowest == int.MaxValue) break;

            var kept = 0;
            for (var i = 0; i < count; i++)
            {
                if (i + 1 < count && tokens[i] == left && tokens[i + 1] == right)
                {
                    tokens[kept++] = lowest;
                    i++;
                }
                else
                {
                    tokens[kept++] = tokens[i];
                }
            }
            count = kept;
        }
        return count;
    }
}
