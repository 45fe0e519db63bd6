namespace LoraBridge.Training.Data.Doctor;

/// <summary>Finds pictures that are in the data set twice, to the byte or to the eye. Training and regularisation pictures are compared too.</summary>
internal static class DuplicateSearch
{
    public static IEnumerable<DatasetFinding> Find(IReadOnlyList<TrainingPicture> pictures, IReadOnlyList<PictureTraits> traits, DoctorOptions options, CancellationToken cancellation)
    {
        var original = new int[pictures.Count];
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < pictures.Count; i++)
        {
            original[i] = traits[i].ContentHash.Length > 0 && !first.TryAdd(traits[i].ContentHash, i) ? first[traits[i].ContentHash] : i;
            if (original[i] != i)
                yield return Finding(FindingKind.ExactDuplicate, pictures, i, original[i], "It is the same file", "Delete one; to see a picture more often, raise its folder's repeats.");
        }
        for (var i = 0; i < pictures.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (original[i] != i || traits[i].Look is not { } look) continue;
            for (var j = 0; j < i; j++)
            {
                if (original[j] != j || traits[j].Look is not { } other || look.Distance(other) is var distance && distance > options.NearDuplicateBits) continue;
                yield return Finding(FindingKind.NearDuplicate, pictures, i, j, $"It looks the same ({look.Distance(other)} of 64 bits differ)", "Keep the better one, unless the likeness is wanted.");
                // one twin is enough to name
                break;
            }
        }
    }

    private static DatasetFinding Finding(FindingKind kind, IReadOnlyList<TrainingPicture> pictures, int later, int earlier, string likeness, string cure)
    {
        var (picture, twin) = (pictures[later], pictures[earlier]);
        var sentence = picture.Caption == twin.Caption || picture.CaptionOrigin == CaptionOrigin.None || twin.CaptionOrigin == CaptionOrigin.None
            ? $"{likeness} as {twin.Path}."
            : $"{likeness} as {twin.Path}, with another caption.";
        return DatasetFinding.Warning(kind, picture.Path, sentence, cure) with { Others = [twin.Path] };
    }
}
