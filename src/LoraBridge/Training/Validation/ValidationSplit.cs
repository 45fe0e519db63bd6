using LoraBridge.Training.Data;

namespace LoraBridge.Training.Validation;

/// <summary>Sets pictures aside that are not trained: the same ones for the same seed, whatever else changes.</summary>
internal static class ValidationSplit
{
    // what the stream is for; must stay, or a resumed run would train on what it set aside
    private const long Purpose = 101;

    /// <summary>Divides a scan.</summary>
    /// <param name="scan">The data set; regularisation pictures are always trained.</param>
    /// <param name="share">The share of pictures to set aside, 0 to 0.9; at least one each way when above 0 and there are two.</param>
    /// <param name="seed">What decides which.</param>
    /// <returns>What is trained, and what is set aside; null for nothing.</returns>
    public static (DatasetScan Training, DatasetScan? Validation) Divide(DatasetScan scan, double share, long seed)
    {
        var pictures = scan.Pictures.Where(picture => !picture.IsRegularisation).ToArray();
        if (share <= 0 || pictures.Length < 2) return (scan, null);
        RandomSequence.For(seed, Purpose).Shuffle(pictures.AsSpan());
        var aside = pictures.Take(Math.Clamp((int)Math.Round(share * pictures.Length), 1, pictures.Length - 1)).ToHashSet();
        return (scan with { Pictures = [.. scan.Pictures.Where(picture => !aside.Contains(picture))] },
            // each once: repeats would only say the same again
            scan with { Pictures = [.. scan.Pictures.Where(aside.Contains).Select(picture => picture with { Visits = 1 })], Findings = [] });
    }
}
