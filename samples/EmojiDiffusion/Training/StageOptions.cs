namespace EmojiDiffusion.Training;

/// <summary>What all stages of training are told.</summary>
internal sealed record StageOptions
{
    /// <summary>The folder of states, models, pictures and the log.</summary>
    public required string Folder { get; init; }

    /// <summary>Where to compute, "cpu" or "cuda".</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Whether products are computed in bfloat16.</summary>
    public bool BFloat16 { get; init; }

    /// <summary>Chance begins here.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Time between two saved states.</summary>
    public TimeSpan SaveEvery { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Time between two looks at the result so far: figures, a picture, a model to try.</summary>
    public TimeSpan ShowEvery { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>Time between two lines of progress.</summary>
    public TimeSpan TellEvery { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether to go on from a saved state.</summary>
    public bool Resume { get; init; }
}

/// <summary>Steps of one kind within a stage.</summary>
/// <param name="Steps">How many.</param>
/// <param name="Batch">Pictures in one.</param>
/// <param name="Size">Pixels along a picture's side.</param>
/// <param name="Rate">The learning rate after the warm-up.</param>
/// <param name="LastRate">The learning rate at the end, where half a cosine leads.</param>
/// <param name="Warmup">Steps in which the rate rises.</param>
internal sealed record TrainingPhase(long Steps, int Batch, int Size, double Rate, double LastRate, long Warmup = 100)
{
    /// <summary>The learning rate of a step, counted from the phase's first.</summary>
    public double RateAt(long step)
    {
        if (step < Warmup) return Rate * (step + 1) / Warmup;
        var progress = (double)(step - Warmup) / Math.Max(1, Steps - Warmup);
        return LastRate + ((Rate - LastRate) * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, progress))));
    }

    /// <summary>The phase that a step of the whole stage belongs to, and its place there.</summary>
    public static (TrainingPhase Phase, long Step) At(IReadOnlyList<TrainingPhase> phases, long step)
    {
        foreach (var phase in phases)
        {
            if (step < phase.Steps) return (phase, step);
            step -= phase.Steps;
        }
        return (phases[^1], phases[^1].Steps);
    }
}
