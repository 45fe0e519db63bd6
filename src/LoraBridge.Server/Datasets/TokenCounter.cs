using LoraBridge.Diffusion.Text;

namespace LoraBridge.Server.Datasets;

/// <summary>Measures captions in CLIP's tokens, where the vocabulary is at hand.</summary>
internal sealed class TokenCounter(ServerSettings settings)
{
    private readonly Lazy<ClipTokenizer?> _tokenizer = new(() => Load(settings));

    /// <summary>CLIP's tokenizer; null without its vocabulary.</summary>
    public ClipTokenizer? Tokenizer => _tokenizer.Value;

    /// <summary>How many tokens a caption has, start and end left out; null without the vocabulary.</summary>
    public int? Count(string caption) => Tokenizer?.Count(caption);

    private static ClipTokenizer? Load(ServerSettings settings)
    {
        try
        {
            var search = settings.Engine.Start.Vocabulary;
            return new(ClipVocabulary.Find(search.DataFolder is null ? search with { DataFolder = settings.Data.Path } : search));
        }
        catch (Exception error) when (error is VocabularyMissingException or VocabularyFormatException or IOException)
        {
            return null;                                                        // captions can be edited without being counted
        }
    }
}
