namespace LoraBridge.Server.Sdapi.Drawing;

/// <summary>The state of the job in work, or of the last one, as <c>/progress</c> shows it.</summary>
internal sealed record JobState
{
    /// <summary>Before any job.</summary>
    public static JobState Idle { get; } = new();

    /// <summary>Whether the present batch was told to end.</summary>
    public bool Skipped { get; init; }

    /// <summary>Whether the job was told to end.</summary>
    public bool Interrupted { get; init; }

    /// <summary>What is done; empty when nothing is.</summary>
    public string Job { get; init; } = "";

    /// <summary>Sampling passes in all: 0 when nothing is done, -1 while it is not known yet.</summary>
    public int JobCount { get; init; }

    /// <summary>When the job began, as yyyyMMddHHmmss.</summary>
    public string JobTimestamp { get; init; } = "0";

    /// <summary>Passes that are finished.</summary>
    public int JobNo { get; init; }

    /// <summary>Steps done in the present pass.</summary>
    public int SamplingStep { get; init; }

    /// <summary>Steps of the present pass.</summary>
    public int SamplingSteps { get; init; }

    /// <summary>The newest picture of the unfinished pictures, a PNG file.</summary>
    public byte[]? Preview { get; init; }

    /// <summary>Counts the previews, so that clients ask for new ones only; -1 before the first.</summary>
    public int PreviewId { get; init; } = -1;

    /// <summary>What is going on, where it is not sampling.</summary>
    public string? Text { get; init; }

    /// <summary>When it began, by the clock that measures time.</summary>
    public long Start { get; init; }

    /// <summary>How much is done, 0 to 1, without the hundredth that <c>/progress</c> begins with.</summary>
    public double Fraction => JobCount <= 0 ? 0
        : Math.Min(1, ((double)JobNo / JobCount) + (SamplingSteps > 0 ? (double)SamplingStep / SamplingSteps / JobCount : 0));
}
