using System.ComponentModel.DataAnnotations;

namespace LoraBridge.Training.Settings;

/// <summary>How long is trained, in what portions, and from where.</summary>
public sealed record LoopOptions
{
    /// <summary>How many passes over the data where neither epochs nor steps are given.</summary>
    public const int DefaultEpochs = 10;

    /// <summary>Pictures in one pass; 2 or 1 where memory is short.</summary>
    [Range(1, 4096)]
    public int BatchSize { get; init; } = 4;

    /// <summary>Batches before the weights move; batch size times this is the effective batch.</summary>
    [Range(1, 4096)]
    public int GradientAccumulation { get; init; } = 1;

    /// <summary>Passes over the data; none takes the steps, and 10 where there are none either. 15 to 20 for 50 to 100 pictures, 10 for 200 to 500.</summary>
    [Range(1, 1_000_000)]
    public int? Epochs { get; init; }

    /// <summary>Optimizer steps of the run; epochs win where both are given.</summary>
    [Range(1, 100_000_000)]
    public int? Steps { get; init; }

    /// <summary>The number from which all chance follows; none draws one and writes it into the run's record.</summary>
    [Range(0L, uint.MaxValue)]
    public long? Seed { get; init; }

    /// <summary>A saved state's folder to continue from exactly, or <c>latest</c>; none begins anew.</summary>
    public string? Resume { get; init; }

    /// <summary>The epoch to count from, 1 the first; none for the state's.</summary>
    [Range(1, 1_000_000)]
    public int? InitialEpoch { get; init; }

    /// <summary>The optimizer step to count from; none for the state's.</summary>
    [Range(1, 100_000_000)]
    public int? InitialStep { get; init; }

    /// <summary>Leave out the batches before the initial step instead of only counting from there.</summary>
    public bool SkipUntilInitialStep { get; init; }
}
