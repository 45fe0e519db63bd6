using EmojiDiffusion.Data;

namespace EmojiDiffusion.Evaluation;

/// <summary>A picture to ask a model for, and what it should show.</summary>
/// <param name="Text">The prompt.</param>
/// <param name="Glyph">The glyph's place in the list of all.</param>
/// <param name="Background">The background.</param>
internal sealed record DrawingPrompt(string Text, int Glyph, BackgroundColor Background)
{
    /// <summary>Prompts for emoji drawn without repetition, half of them over white and half over other colours.</summary>
    public static IReadOnlyList<DrawingPrompt> Spread(IReadOnlyList<Glyph> glyphs, int count, long seed)
    {
        var draws = new Draws(seed, count);
        var order = Enumerable.Range(0, glyphs.Count).ToArray();
        for (var i = order.Length - 1; i > 0; i--)
        {
            var other = draws.Below(i + 1);
            (order[i], order[other]) = (order[other], order[i]);
        }
        return
        [
            .. order.Take(count).Select((glyph, i) =>
            {
                var background = i % 2 == 0 ? BackgroundColor.White : BackgroundColor.All[1 + draws.Below(BackgroundColor.All.Count - 1)];
                return new DrawingPrompt(Captions.Plain(glyphs[glyph].Entry, background), glyph, background);
            }),
        ];
    }
}
