namespace LoraBridge.Training.Logging;

/// <summary>
/// The speed of a run: seconds a step as an exponential mean of the last steps, so that a run which slows down says so. Pauses (validation, samples,
/// saving) are left out, and a resumed run counts its own steps only.
/// </summary>
public sealed class StepRate
{
    private const double Decay = 0.9;

    private readonly TimeProvider _time;
    private readonly RunningLoss _seconds = new(Decay), _pictures = new(Decay);
    private long _last;

    /// <summary>Begins to measure.</summary>
    /// <param name="time">The clock; null for the system's.</param>
    public StepRate(TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        _last = _time.GetTimestamp();
    }

    /// <summary>Seconds a step; null before the first.</summary>
    public double? SecondsPerStep => _seconds.Value;

    /// <summary>Pictures a second; null before the first step.</summary>
    public double? PicturesPerSecond => _seconds.Value is > 0 and var seconds ? _pictures.Value / seconds : null;

    /// <summary>The time that so many steps will take; null before the first.</summary>
    public TimeSpan? Left(long steps) => _seconds.Value is { } seconds ? TimeSpan.FromSeconds(seconds * Math.Max(0, steps)) : null;

    /// <summary>Counts a step that ends now.</summary>
    /// <param name="pictures">Pictures trained in it.</param>
    public void Step(int pictures)
    {
        var now = _time.GetTimestamp();
        _seconds.Add(_time.GetElapsedTime(_last, now).TotalSeconds);
        _pictures.Add(pictures);
        _last = now;
    }

    /// <summary>Leaves the time since the last step out.</summary>
    public void Skip() => _last = _time.GetTimestamp();
}
