namespace LoraBridge.Training.Data;

/// <summary>
/// Gives regularisation pictures as many visits an epoch as all others have together: in order, first each its folder's repeats, then one more
/// each, round after round, until the number is reached. Where there are too many, the last ones get none.
/// </summary>
internal static class RegularisationBalance
{
    public static IReadOnlyList<TrainingPicture> Apply(IReadOnlyList<TrainingPicture> pictures)
    {
        var visits = pictures.Select(picture => picture.IsRegularisation ? 0 : picture.Visits).ToArray();
        var priors = Enumerable.Range(0, pictures.Count).Where(i => pictures[i].IsRegularisation).ToList();
        if (priors.Count == 0) return pictures;

        var left = visits.Sum();
        foreach (var i in priors) left -= visits[i] = Math.Min(pictures[i].Folder.Repeats, left);
        var (rounds, rest) = Math.DivRem(left, priors.Count);
        for (var i = 0; i < priors.Count; i++) visits[priors[i]] += rounds + (i < rest ? 1 : 0);
        return [.. pictures.Select((picture, i) => picture with { Visits = visits[i] })];
    }

    public static IEnumerable<DatasetFinding> Describe(IReadOnlyList<TrainingPicture> pictures)
    {
        var unused = pictures.Where(picture => picture.IsRegularisation && picture.Visits == 0).ToList();
        if (unused.Count == 0) yield break;
        yield return DatasetFinding.Warning(FindingKind.UnusedRegularisation, unused[0].Folder.Path,
            $"{unused.Count} of {pictures.Count(picture => picture.IsRegularisation)} regularisation pictures are never used: an epoch has only as many as training pictures times repeats.",
            "Raise the repeats of the training pictures, or take regularisation pictures out.") with
        { Others = [.. unused.Select(picture => picture.Path)] };
    }
}
