using LoraBridge.Training.Preflight;
using LoraBridge.Training.Settings;

namespace LoraBridge.Training.Loop;

/// <summary>What may change when a run goes on: its length, what it saves and shows. All else must be what it was, or the run would be another.</summary>
internal static class SettingsChanges
{
    /// <summary>The settings to go on with.</summary>
    /// <param name="before">Those that the run began with.</param>
    /// <param name="now">Those that are given now.</param>
    /// <param name="warn">Told that something does not go on as it was.</param>
    public static TrainingOptions Merge(TrainingOptions before, TrainingOptions now, Action<string> warn)
    {
        // a run that drew its seed goes on with that seed
        var loop = now.Loop with { Seed = now.Loop.Seed ?? before.Loop.Seed };
        var merged = now with { Loop = loop };
        // what was fitted stays fitted: the run would be another with another batch
        if (before.Precision.AutoFit && now.Precision.AutoFit && FitPlan.Take(before, merged) is { } fitted && FitPlan.Differences(merged, fitted) is { Count: > 0 } differences)
        {
            warn($"The run goes on with the settings that precision.autoFit gave it: {string.Join(", ", differences.Select(setting => $"{setting.Name} {setting.To} instead of {setting.From}"))}. Set precision.autoFit to false to change them.");
            merged = fitted;
            loop = fitted.Loop;
        }
        var expected = before with
        {
            Loop = loop with { BatchSize = before.Loop.BatchSize, GradientAccumulation = before.Loop.GradientAccumulation, Seed = before.Loop.Seed },
            Saving = now.Saving,
            Samples = now.Samples,
            Logging = now.Logging,
            Metadata = now.Metadata,
            Validation = now.Validation,
            EarlyStop = now.EarlyStop,
            Cache = now.Cache,
        };
        if (SettingsJson.Write(expected) != SettingsJson.Write(merged))
            warn("Settings have changed since the run began, besides its length and what it saves: it goes on with the new ones, and will not end as it would have.");
        return merged;
    }
}
