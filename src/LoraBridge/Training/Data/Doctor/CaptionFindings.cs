using LoraBridge.Diffusion.Text;

namespace LoraBridge.Training.Data.Doctor;

/// <summary>What is wrong with captions.</summary>
internal static class CaptionFindings
{
    private const int MostNamed = 5;

    /// <summary>Variants of a caption with wildcards that are measured for length.</summary>
    private const int Variants = 8;

    public static IEnumerable<DatasetFinding> Of(TrainingPicture picture, ClipTokenizer? tokenizer)
    {
        if (string.IsNullOrWhiteSpace(picture.Caption) && picture.CaptionOrigin is CaptionOrigin.File or CaptionOrigin.Metadata)
            yield return DatasetFinding.Warning(FindingKind.EmptyCaption, picture.Path, "Its caption is empty.", "Describe what it shows, except for what the LoRA shall learn.");
        if (tokenizer is null) yield break;

        var options = picture.Folder.Captions;
        var (count, cut) = Longest(picture, options, tokenizer);
        if (cut > 0)
            yield return DatasetFinding.Warning(FindingKind.LongCaption, picture.Path, $"Its caption has {count} tokens; {cut} are cut off after {options.TokenLength}.",
                options.TokenLength < 225 ? "Shorten it, or raise TokenLength to 150 or 225." : "Shorten it.");
    }

    public static IEnumerable<DatasetFinding> OfAll(IReadOnlyList<TrainingPicture> pictures)
    {
        var training = pictures.Where(picture => !picture.IsRegularisation).ToList();
        var written = training.Where(picture => picture.CaptionOrigin is CaptionOrigin.File or CaptionOrigin.Metadata).ToList();
        if (written.Count > 1 && written.Count == training.Count && written.TrueForAll(picture => picture.Caption == written[0].Caption))
            yield return DatasetFinding.Warning(FindingKind.SameCaption, "", $"All {written.Count} pictures have the caption \"{written[0].Caption}\".", "Describe what differs from picture to picture, so that only the subject is learned.");

        foreach (var group in training.Where(LacksTrigger).GroupBy(picture => picture.Folder.Captions.TriggerWord))
        {
            var names = string.Join(", ", group.Take(MostNamed).Select(picture => picture.Name)) + (group.Count() > MostNamed ? ", …" : "");
            yield return DatasetFinding.Information(FindingKind.MissingTrigger, "", $"{group.Count()} captions lack the trigger word \"{group.Key}\", which is put first in them: {names}.", "Nothing need be done; write the word into the captions to choose its place.")
                with
            { Others = [.. group.Select(picture => picture.Path)] };
        }
    }

    private static bool LacksTrigger(TrainingPicture picture) => picture.Folder.Captions.TriggerWord is { Length: > 0 } word
        && !CaptionVariant.HasWord(CaptionVariant.Of(picture.Caption, Whole(picture.Folder.Captions) with { TriggerWord = null }, default), word)
        && !picture.Caption.Contains("[trigger]", StringComparison.OrdinalIgnoreCase);

    private static (int Count, int Cut) Longest(TrainingPicture picture, CaptionOptions options, ClipTokenizer tokenizer)
    {
        var whole = Whole(options);
        var variants = Enumerable.Range(0, options.Wildcards ? Variants : 1).Select(i => CaptionVariant.Of(picture.Caption, whole, new((ulong)i)));
        return variants.Distinct().Select(variant => CaptionTokens.Read(variant, tokenizer, options)).Select(tokens => (tokens.Count, tokens.Cut)).Max();
    }

    // every tag in its place: the longest that a visit can see
    private static CaptionOptions Whole(CaptionOptions options) =>
        options with { DropoutRate = 0, DropoutEveryEpochs = 0, TagDropoutRate = 0, TokenWarmupSteps = 0, Shuffle = false };
}
