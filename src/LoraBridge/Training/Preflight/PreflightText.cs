using System.Globalization;
using System.Text;
using LoraBridge.Training.Logging;

namespace LoraBridge.Training.Preflight;

/// <summary>A preflight's report in words.</summary>
internal static class PreflightText
{
    /// <summary>What is needed, what there is, and what would help.</summary>
    public static string Sentence(PreflightReport report)
    {
        var need = $"The run needs about {ProgressText.Memory(report.Memory.Peak)}";
        if (report.Machine.Available is not { } available) return $"{need}; {report.Machine.Source}.";
        var there = $"{ProgressText.Memory(available)} can be had ({report.Machine.Source})";
        if (report.Fits) return $"{need}, and {there}: it fits.";
        if (report.FitsWithChanges) return $"{need}, but only {there}. It would fit with {Settings(report)}.";
        return report.Changes.Count == 0
            ? $"{need}, but only {there}, and no setting would change that: train at a smaller size (buckets.width, buckets.height) or on a machine with more memory."
            : $"{need}, but only {there}. Even {Settings(report)} would not suffice: train at a smaller size (buckets.width, buckets.height) or on a machine with more memory.";
    }

    /// <summary>The whole report.</summary>
    public static string Of(PreflightReport report)
    {
        var text = new StringBuilder();
        var plan = report.Plan;
        text.Append($"{report.Pictures} pictures, {plan.BatchesPerEpoch} batches an epoch, {plan.Epochs} epochs: {plan.Steps} steps of {plan.EffectiveBatch} pictures.\n");
        foreach (var problem in plan.Problems) text.Append($"{problem}\n");
        Memory(text, report.Memory);
        if (report.Measured is { } measured) Measured(text, measured, report);
        text.Append($"\n{Sentence(report)}\n");
        if (report.Changes.Count > 0) Changes(text, report.Changes);
        if (report.Time is { } time) Time(text, time);
        return text.ToString();
    }

    private static void Memory(StringBuilder text, MemoryForecast memory)
    {
        var names = memory.Phases.SelectMany(phase => phase.Parts.Select(part => part.Name)).Distinct().ToList();
        var first = names.Max(name => name.Length) + 2;
        text.Append($"\n{"Memory".PadRight(first)}{string.Concat(memory.Phases.Select(phase => phase.Name.PadLeft(10)))}\n");
        foreach (var name in names)
            text.Append($"{name.PadRight(first)}{string.Concat(memory.Phases.Select(phase => Cell(phase.Parts.FirstOrDefault(part => part.Name == name)?.Bytes)))}\n");
        text.Append($"{"together".PadRight(first)}{string.Concat(memory.Phases.Select(phase => Cell(phase.Bytes)))}\n");

        static string Cell(long? bytes) => (bytes is { } known ? ProgressText.Memory(known) : "-").PadLeft(10);
    }

    private static void Measured(StringBuilder text, MeasuredSteps measured, PreflightReport report)
    {
        var forecast = report.Memory.Phase(MemoryPhase.Steps).Parts.Where(part => part.Name != MemoryPhase.Beyond).Sum(part => part.Bytes);
        text.Append(CultureInfo.InvariantCulture, $"\nMeasured: two steps of {measured.Pictures} pictures of {measured.Width}x{measured.Height}, {measured.FirstSeconds:0.00} s and {measured.Seconds:0.00} s; ");
        text.Append($"{ProgressText.Memory(measured.Taken)} taken, {ProgressText.Memory(forecast)} forecast.\n");
    }

    private static void Changes(StringBuilder text, IReadOnlyList<FitChange> changes)
    {
        text.Append("\nWhat would be changed (precision.autoFit does it):\n");
        foreach (var (i, change) in changes.Index()) text.Append($"  {i + 1}. {change}: {ProgressText.Memory(change.Saves)} less. {change.Cost}\n");
    }

    private static void Time(StringBuilder text, TimeForecast time)
    {
        text.Append($"\nTime: {ProgressText.Time(time.Total)}");
        (string Name, TimeSpan Time)[] parts = [("steps", time.Steps), ("encoding", time.Encoding), ("samples", time.Samples), ("validation", time.Validation)];
        var known = parts.Where(part => part.Time > TimeSpan.Zero).Select(part => $"{part.Name} {ProgressText.Time(part.Time)}");
        text.Append($" ({string.Join(", ", known)}); loading the model comes before.\n");
    }

    private static string Settings(PreflightReport report) => string.Join(", ", report.Changes);
}
