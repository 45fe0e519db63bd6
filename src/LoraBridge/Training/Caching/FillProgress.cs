namespace LoraBridge.Training.Caching;

/// <summary>How far filling a cache has come.</summary>
/// <param name="Done">Values that are there, those of earlier runs included.</param>
/// <param name="Total">Values wanted.</param>
/// <param name="Reused">Values that were there already.</param>
/// <param name="PerSecond">Values computed a second, over the whole filling; 0 before the first.</param>
/// <param name="Left">The time that the rest will take; null before the first.</param>
public readonly record struct FillProgress(int Done, int Total, int Reused, double PerSecond, TimeSpan? Left);

/// <summary>What filling a cache did.</summary>
/// <param name="Total">Values wanted.</param>
/// <param name="Reused">Values that were there already.</param>
/// <param name="Elapsed">How long it took.</param>
/// <param name="Notes">What a person should know, a sentence each.</param>
public sealed record FillReport(int Total, int Reused, TimeSpan Elapsed, IReadOnlyList<string> Notes)
{
    /// <summary>Values that were computed.</summary>
    public int Computed => Total - Reused;
}

/// <summary>Counts and times a filling.</summary>
internal sealed class FillClock(int total, int reused, TimeProvider time, IProgress<FillProgress>? progress)
{
    private readonly long _start = time.GetTimestamp();
    private int _computed;

    public TimeSpan Elapsed => time.GetElapsedTime(_start);

    public void Add(int count)
    {
        _computed += count;
        var perSecond = _computed > 0 && Elapsed > TimeSpan.Zero ? _computed / Elapsed.TotalSeconds : 0;
        var left = perSecond > 0 ? TimeSpan.FromSeconds((total - reused - _computed) / perSecond) : (TimeSpan?)null;
        progress?.Report(new(reused + _computed, total, reused, perSecond, left));
    }
}
