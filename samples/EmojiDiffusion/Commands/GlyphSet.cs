using System.CommandLine;
using EmojiDiffusion.Data;
using EmojiDiffusion.Training;
using LoraBridge.Diffusion.Text;

namespace EmojiDiffusion.Commands;

/// <summary>What the stages after the autoencoder learn from.</summary>
/// <param name="Glyphs">The glyphs.</param>
/// <param name="Tokens">The tokens of their captions.</param>
/// <param name="Autoencoder">The autoencoder's file.</param>
/// <param name="Vocabulary">Where CLIP's vocabulary is looked for.</param>
internal sealed record GlyphSet(IReadOnlyList<Glyph> Glyphs, UsedTokens Tokens, string Autoencoder, VocabularySearch Vocabulary)
{
    private static readonly Option<string?> s_autoencoder = new("--autoencoder") { Description = "the autoencoder's file (default: the one that stage 1 left in --out)" };
    private static readonly Option<int?> s_limit = new("--limit") { Description = "learn only so many emoji, spread over the list: for trials" };

    /// <summary>The options that choose them.</summary>
    public static IEnumerable<Option> Options => [s_autoencoder, s_limit, SharedOptions.Vocabulary];

    /// <summary>Whether another autoencoder than stage 1's is named.</summary>
    public static bool HasOwnAutoencoder(ParseResult parsed) => parsed.GetValue(s_autoencoder) is not null;

    /// <summary>Reads them.</summary>
    /// <exception cref="FileNotFoundException">There is no autoencoder yet.</exception>
    public static GlyphSet Of(ParseResult parsed)
    {
        var autoencoder = parsed.GetValue(s_autoencoder) ?? Path.Combine(parsed.GetValue(SharedOptions.Out)!, AutoencoderStage.FileName);
        if (!File.Exists(autoencoder)) throw new FileNotFoundException($"There is no autoencoder '{autoencoder}': run stage 1 first, or name one with --autoencoder.", autoencoder);
        var glyphs = GlyphSources.FromFont(parsed.GetValue(SharedOptions.Font)!, SharedOptions.Entries(parsed));
        if (parsed.GetValue(s_limit) is { } limit && limit < glyphs.Count) glyphs = [.. Enumerable.Range(0, limit).Select(i => glyphs[(int)((long)i * glyphs.Count / limit)])];
        var vocabulary = SharedOptions.VocabularyOf(parsed);
        return new(glyphs, new(new(ClipVocabulary.Find(vocabulary)), Captions.Words(glyphs.Select(glyph => glyph.Entry))), autoencoder, vocabulary);
    }
}
