using LoraBridge.Training.Settings;

namespace LoraBridge.Training.Preflight;

/// <summary>What would be changed to make a run fit, the least harmful first.</summary>
/// <param name="Changes">The changes; none where it fits as it is.</param>
/// <param name="Options">The settings with all of them.</param>
/// <param name="Fits">Whether it then fits.</param>
internal sealed record FitPlan(IReadOnlyList<FitChange> Changes, TrainingOptions Options, bool Fits)
{
    private static readonly Func<TrainingOptions, Candidate?>[] s_ways = [TextStates, Latents, EncodedAtOnce, Checkpointing, Batch, EightBits];

    private static readonly string[] s_names =
        ["cache.textStates", "cache.latents", "cache.vaeBatchSize", "precision.gradientCheckpointing", "loop.batchSize", "loop.gradientAccumulation", "optimizer.kind"];

    /// <summary>Tries one way after the other until the run fits.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="memory">The forecast of settings.</param>
    /// <param name="available">Bytes that may be taken; null where nobody knows, and then it fits.</param>
    public static FitPlan Of(TrainingOptions options, Func<TrainingOptions, MemoryForecast> memory, long? available)
    {
        var changes = new List<FitChange>();
        if (available is not { } limit) return new(changes, options, true);
        var forecast = memory(options);
        foreach (var way in s_ways)
        {
            // a way may be gone several times: batches are halved until they are of one picture
            var first = options;
            var saved = 0L;
            Candidate? taken = null;
            while (forecast.Peak > limit && way(options) is { } candidate)
            {
                var after = memory(candidate.Options);
                var saves = Saving(forecast, after, limit);
                if (saves <= 0) break;
                (options, forecast, taken, saved) = (candidate.Options, after, candidate, saved + saves);
            }
            if (taken is not null) changes.Add(new([.. taken.Settings.Select(name => new ChangedSetting(name, Value(first, name), Value(options, name)))], saved, taken.Cost));
        }
        return new(changes, options, forecast.Peak <= limit);
    }

    // of the phases that do not fit, the one that gains most
    private static long Saving(MemoryForecast before, MemoryForecast after, long limit) =>
        before.Phases.Where(phase => phase.Bytes > limit).Max(phase => phase.Bytes - after.Phase(phase.Name).Bytes);

    private static Candidate? TextStates(TrainingOptions options) => options.Cache.TextStates ? null : new(
        options with { Cache = options.Cache with { TextStates = true } }, ["cache.textStates"], "Nothing: captions are encoded once and the text encoder leaves memory.");

    private static Candidate? Latents(TrainingOptions options) => options.Cache.Latents ? null : new(
        options with { Cache = options.Cache with { Latents = true } }, ["cache.latents"], "Some seconds before the first step: pictures are encoded once and the autoencoder leaves memory.");

    private static Candidate? EncodedAtOnce(TrainingOptions options) => options.Cache.VaeBatchSize == 1 ? null : new(
        options with { Cache = options.Cache with { VaeBatchSize = 1 } }, ["cache.vaeBatchSize"], "Pictures are encoded one by one, on a GPU somewhat slower.");

    private static Candidate? Checkpointing(TrainingOptions options) => options.Precision.GradientCheckpointing ? null : new(
        options with { Precision = options.Precision with { GradientCheckpointing = true } }, ["precision.gradientCheckpointing"], "Steps take about a third longer; the result stays the same.");

    // divided so that the effective batch stays what it is
    private static Candidate? Batch(TrainingOptions options)
    {
        var loop = options.Loop;
        if (loop.BatchSize == 1) return null;
        var divisor = Enumerable.Range(2, loop.BatchSize - 1).First(number => loop.BatchSize % number == 0);
        return new(
            options with { Loop = loop with { BatchSize = loop.BatchSize / divisor, GradientAccumulation = loop.GradientAccumulation * divisor } },
            ["loop.batchSize", "loop.gradientAccumulation"], "Pictures go through the networks in smaller groups, which is slower on a GPU; the effective batch stays, but which pictures share a step may differ.");
    }

    private static Candidate? EightBits(TrainingOptions options)
    {
        OptimizerKind? kind = options.Optimizer.Kind switch
        {
            OptimizerKind.AdamW => OptimizerKind.AdamW8bit,
            OptimizerKind.PagedAdamW => OptimizerKind.PagedAdamW8bit,
            OptimizerKind.Lion => OptimizerKind.Lion8bit,
            OptimizerKind.SgdNesterov => OptimizerKind.SgdNesterov8bit,
            _ => null,
        };
        return kind is { } small
            ? new(options with { Optimizer = options.Optimizer with { Kind = small } }, ["optimizer.kind"], "The optimizer's memory is rounded to 8 bits, which may cost a little quality.")
            : null;
    }

    /// <summary>The settings that fitting may change, from one run into another.</summary>
    public static TrainingOptions Take(TrainingOptions from, TrainingOptions into) => into with
    {
        Cache = into.Cache with { TextStates = from.Cache.TextStates, Latents = from.Cache.Latents, VaeBatchSize = from.Cache.VaeBatchSize },
        Precision = into.Precision with { GradientCheckpointing = from.Precision.GradientCheckpointing },
        Loop = into.Loop with { BatchSize = from.Loop.BatchSize, GradientAccumulation = from.Loop.GradientAccumulation },
        Optimizer = into.Optimizer with { Kind = from.Optimizer.Kind },
    };

    /// <summary>The settings among them that differ.</summary>
    public static IReadOnlyList<ChangedSetting> Differences(TrainingOptions from, TrainingOptions to) =>
        [.. s_names.Select(name => new ChangedSetting(name, Value(from, name), Value(to, name))).Where(setting => setting.From != setting.To)];

    private static string Value(TrainingOptions options, string name) => SettingText.Of(SettingsCatalog.ValueOf(SettingsCatalog.Get(name), options));

    private sealed record Candidate(TrainingOptions Options, IReadOnlyList<string> Settings, string Cost);
}
