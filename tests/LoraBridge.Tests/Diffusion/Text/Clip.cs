using LoraBridge.Diffusion.Text;
using LoraBridge.Tests.Goldens;

namespace LoraBridge.Tests.Diffusion.Text;

/// <summary>CLIP's vocabulary of the fixtures, read once.</summary>
internal static class Clip
{
    private static readonly Lazy<ClipVocabulary> s_vocabulary = new(() => ClipVocabulary.Load(VocabularyFile));
    private static readonly Lazy<ClipTokenizer> s_tokenizer = new(() => new(Vocabulary));

    public static string VocabularyFile => Path.Combine(GoldenFolders.Fixtures, "clip", "bpe_simple_vocab_16e6.txt.gz");

    public static ClipVocabulary Vocabulary => s_vocabulary.Value;

    public static ClipTokenizer Tokenizer => s_tokenizer.Value;
}
