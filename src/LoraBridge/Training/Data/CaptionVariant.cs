using LoraBridge.Diffusion.Text;

namespace LoraBridge.Training.Data;

/// <summary>When and by which chance a caption is visited.</summary>
/// <param name="Seed">What decides all choices of this visit; the batch schedule gives it.</param>
/// <param name="Epoch">The epoch, from 0.</param>
/// <param name="Step">The step, from 0.</param>
/// <param name="TotalSteps">The run's steps, for a token warm-up given as a fraction.</param>
public readonly record struct CaptionVisit(ulong Seed, int Epoch = 0, long Step = 0, long TotalSteps = 0);

/// <summary>
/// What a caption becomes at one visit: prefix and suffix, dropout, wildcards, then tags that are kept, warmed up, shuffled and
/// dropped, in the order of kohya's scripts; the trigger word last. The same arguments always give the same text.
/// </summary>
public static class CaptionVariant
{
    private const string TriggerMark = "[trigger]";

    // each option draws from a stream of its own, so that turning one on leaves the others' choices alone
    private enum Draw { Dropout = 1, Wildcard, Shuffle, TagDropout }

    /// <summary>The caption of one visit.</summary>
    public static string Of(string caption, CaptionOptions options, CaptionVisit visit)
    {
        ArgumentNullException.ThrowIfNull(caption);
        ArgumentNullException.ThrowIfNull(options);
        if (IsDropped(options, visit)) return "";

        var text = options.TriggerWord is { Length: > 0 } word ? caption.Replace(TriggerMark, word, StringComparison.OrdinalIgnoreCase) : caption;
        text = options.Wildcards ? CaptionWildcards.Choose(Affixed(text.Trim(), options), Stream(visit, Draw.Wildcard)) : Affixed(FirstLine(text), options);
        text = Tags(text, options, visit);
        if (options.SecondarySeparator is { Length: > 0 } secondary) text = text.Replace(secondary, options.Separator, StringComparison.Ordinal);
        return WithTrigger(text, options.TriggerWord);
    }

    /// <summary>Whether a text has the word, letter case aside, with no letters on either side.</summary>
    internal static bool HasWord(string text, string word) =>
        PromptCharacters.FindWord(text.ToLowerInvariant(), 0, word.ToLowerInvariant()) >= 0;

    private static bool IsDropped(CaptionOptions options, CaptionVisit visit) =>
        // people count epochs from 1: "every 2" empties the second
        (options.DropoutEveryEpochs > 0 && (visit.Epoch + 1) % options.DropoutEveryEpochs == 0)
        || Stream(visit, Draw.Dropout).Chance(options.DropoutRate);

    private static string Affixed(string text, CaptionOptions options) =>
        string.Join(' ', new[] { options.Prefix, text, options.Suffix }.Where(part => !string.IsNullOrEmpty(part)));

    private static string FirstLine(string text)
    {
        var line = text.TrimStart();
        var end = line.IndexOf('\n', StringComparison.Ordinal);
        return (end < 0 ? line : line[..end]).Trim();
    }

    private static string Tags(string text, CaptionOptions options, CaptionVisit visit)
    {
        // a mark that keeps tags must never reach the tokenizer, also when nothing moves (the reference leaves it in)
        var hasMark = options.KeepTokensSeparator is { Length: > 0 } mark && text.Contains(mark, StringComparison.Ordinal);
        if (!hasMark && !options.Shuffle && options.TokenWarmupSteps <= 0 && options.TagDropoutRate <= 0) return text;

        var (kept, movable, end) = hasMark ? SplitAtMark(text, options) : SplitAtCount(text, options);
        movable = movable[..Warm(movable.Length, options, visit)];
        if (options.Shuffle) Stream(visit, Draw.Shuffle).Shuffle(movable.AsSpan());
        var dropout = Stream(visit, Draw.TagDropout);
        var left = movable.Where(_ => !dropout.Chance(options.TagDropoutRate));
        return string.Join(", ", [.. kept, .. left, .. end]);
    }

    private static (string[] Kept, string[] Movable, string[] End) SplitAtMark(string text, CaptionOptions options)
    {
        var parts = text.Split(options.KeepTokensSeparator!, 3);
        return (Split(parts[0], options), Split(parts[1], options), parts.Length > 2 ? Split(parts[2], options) : []);
    }

    private static (string[] Kept, string[] Movable, string[] End) SplitAtCount(string text, CaptionOptions options)
    {
        var tags = Split(text, options);
        var kept = Math.Min(options.KeepTokens, tags.Length);
        return (tags[..kept], tags[kept..], []);
    }

    private static string[] Split(string text, CaptionOptions options) =>
        text.Split(options.Separator, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static int Warm(int tags, CaptionOptions options, CaptionVisit visit)
    {
        var steps = Math.Floor(options.TokenWarmupSteps < 1 ? options.TokenWarmupSteps * visit.TotalSteps : options.TokenWarmupSteps);
        if (visit.Step >= steps) return tags;
        var grown = Math.Floor(visit.Step * ((tags - options.TokenWarmupMinimum) / steps)) + options.TokenWarmupMinimum;
        return (int)Math.Clamp(grown, 0, tags);
    }

    private static string WithTrigger(string text, string? word) =>
        string.IsNullOrEmpty(word) || HasWord(text, word) ? text : text.Length == 0 ? word : $"{word}, {text}";

    private static RandomSequence Stream(CaptionVisit visit, Draw draw) => RandomSequence.For((long)visit.Seed, (long)draw);
}
