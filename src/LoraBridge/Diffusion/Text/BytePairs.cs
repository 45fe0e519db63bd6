using System.Text;

namespace LoraBridge.Diffusion.Text;

/// <summary>
/// Byte-pair encoding of one word: its bytes, of which the vocabulary's lowest pair merges, the leftmost first, until none does.
/// A merge only makes pairs that come later in the vocabulary, so a queue of pairs gives what one pass after the other would.
/// </summary>
internal static class BytePairs
{
    private const int Gone = -1;

    public static int[] Encode(ClipVocabulary vocabulary, ReadOnlySpan<char> word)
    {
        if (word is "<|startoftext|>") return [ClipVocabulary.StartToken];
        if (word is "<|endoftext|>") return [ClipVocabulary.EndToken];

        var bytes = new byte[Encoding.UTF8.GetByteCount(word)];
        Encoding.UTF8.GetBytes(word, bytes);
        var tokens = Array.ConvertAll(bytes, ByteSymbols.Position);
        tokens[^1] += ByteSymbols.Count;                                    // the last byte ends the word
        Merge(vocabulary, tokens);
        return Array.FindAll(tokens, token => token != Gone);
    }

    /// <summary>Leaves each merged token at its first byte's place and marks the other places.</summary>
    private static void Merge(ClipVocabulary vocabulary, int[] tokens)
    {
        var next = new int[tokens.Length];
        var previous = new int[tokens.Length];
        var pairs = new PriorityQueue<(int Left, int Merged), long>();
        for (var i = 0; i < tokens.Length; i++) (next[i], previous[i]) = (i + 1, i - 1);
        for (var i = 0; i + 1 < tokens.Length; i++) Offer(i);

        while (pairs.TryDequeue(out var pair, out _))
        {
            // an earlier merge may have taken either side
            if (MergeAt(pair.Left) != pair.Merged) continue;
            var right = next[pair.Left];
            tokens[pair.Left] = pair.Merged;
            tokens[right] = Gone;
            next[pair.Left] = next[right];
            if (next[right] < tokens.Length) previous[next[right]] = pair.Left;

            Offer(pair.Left);
            if (previous[pair.Left] >= 0) Offer(previous[pair.Left]);
        }

        void Offer(int left)
        {
            var merged = MergeAt(left);
            if (merged != Gone) pairs.Enqueue((left, merged), ((long)merged << 32) | (uint)left);
        }

        int MergeAt(int left) =>
            tokens[left] == Gone || next[left] >= tokens.Length ? Gone : vocabulary.Merge(tokens[left], tokens[next[left]]);
    }
}
