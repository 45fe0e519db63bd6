namespace LoraBridge.Training.Settings;

/// <summary>How many steps a run has.</summary>
/// <param name="BatchesPerEpoch">Batches in a pass over the data.</param>
/// <param name="StepsPerEpoch">Optimizer steps in a pass: a last group of fewer batches steps too.</param>
/// <param name="Epochs">Passes, the last perhaps not whole.</param>
/// <param name="Steps">Optimizer steps of the run.</param>
/// <param name="WarmupSteps">Steps of the warm-up as it is used.</param>
/// <param name="DecaySteps">Steps of the fall at the end as it is used.</param>
/// <param name="EffectiveBatch">Pictures for each optimizer step.</param>
/// <param name="Problems">What was changed, or is unlikely to be meant.</param>
public sealed record StepPlan(int BatchesPerEpoch, int StepsPerEpoch, int Epochs, int Steps, int WarmupSteps, int DecaySteps, int EffectiveBatch, IReadOnlyList<SettingsProblem> Problems)
{
    /// <summary>Plans a run by how many items (pictures times repeats) each bucket has in an epoch.</summary>
    public static StepPlan Of(TrainingOptions options, IEnumerable<int> itemsPerBucket) =>
        ForBatches(options, BatchesPerEpochOf(itemsPerBucket, options.Loop.BatchSize));

    /// <summary>Batches of a pass: each bucket is cut into batches of its own, the last of which may be short.</summary>
    public static int BatchesPerEpochOf(IEnumerable<int> itemsPerBucket, int batchSize) => itemsPerBucket.Sum(items => DivideUp(items, batchSize));

    /// <summary>Plans a run by its number of batches: epochs go before steps, 10 epochs where neither is given.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no batch.</exception>
    public static StepPlan ForBatches(TrainingOptions options, int batchesPerEpoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchesPerEpoch);
        var loop = options.Loop;
        var stepsPerEpoch = DivideUp(batchesPerEpoch, loop.GradientAccumulation);
        var epochs = loop.Epochs ?? (loop.Steps is { } given ? DivideUp(given, stepsPerEpoch) : LoopOptions.DefaultEpochs);
        var steps = loop.Epochs is null && loop.Steps is { } wanted ? wanted : checked(epochs * stepsPerEpoch);

        var problems = new List<SettingsProblem>();
        var warmup = Warmup(options.Schedule, steps, problems);
        var decay = Math.Min(options.Schedule.Decay.Of(steps), steps - warmup);
        return new(batchesPerEpoch, stepsPerEpoch, epochs, steps, warmup, decay, loop.BatchSize * loop.GradientAccumulation, problems);
    }

    // a warm-up that never ends would keep the whole run below its learning rate
    private static int Warmup(ScheduleOptions schedule, int steps, List<SettingsProblem> problems)
    {
        var warmup = schedule.Warmup.Of(steps);
        if (schedule.Scheduler == SchedulerKind.Constant || warmup == 0) return 0;
        if (warmup >= steps)
        {
            var clamped = steps / 10;
            Warn($"schedule.warmup is {warmup} steps and the run has {steps}: {clamped} are taken, a tenth of the run.");
            return clamped;
        }
        if (warmup > steps / 2) Warn($"schedule.warmup is {warmup} of {steps} steps, more than half of the run: 10% is usual.");
        return warmup;

        void Warn(string message) => problems.Add(new(Severity.Warning, message, "", ["schedule.warmup"]));
    }

    private static int DivideUp(int number, int by) => (number / by) + (number % by > 0 ? 1 : 0);
}
