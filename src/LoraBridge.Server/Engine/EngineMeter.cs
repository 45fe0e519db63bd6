using System.Diagnostics;
using System.Diagnostics.Metrics;
using LoraBridge.Server.Engine.Protocol;

namespace LoraBridge.Server.Engine;

/// <summary>Measures how long the engine's work takes.</summary>
internal sealed class EngineMeter
{
    private readonly Histogram<double> _calls, _steps;

    public EngineMeter(IMeterFactory meters)
    {
        var meter = meters.Create("LoraBridge");
        var (calls, steps) = (new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640] }, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100] });
        _calls = meter.CreateHistogram("lorabridge.engine.call.duration", "s", "How long calls of the engine took, waiting included: generate and preview make pictures", null, calls);
        _steps = meter.CreateHistogram("lorabridge.training.step.duration", "s", "How long steps of trainings took, pictures drawn in between included", null, steps);
    }

    /// <summary>Measures a call from now to its end.</summary>
    public async Task<T> MeasureAsync<T>(EngineCall call, Func<Task<T>> work)
    {
        var start = Stopwatch.GetTimestamp();
        var outcome = "cancelled";
        try
        {
            var result = await work().ConfigureAwait(false);
            outcome = "ok";
            return result;
        }
        catch (EngineException failed)
        {
            outcome = failed.Kind.ToString().ToLowerInvariant();
            throw;
        }
        finally
        {
            _calls.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, new KeyValuePair<string, object?>("call", NameOf(call)), new KeyValuePair<string, object?>("outcome", outcome));
        }
    }

    /// <summary>A step of a training is done.</summary>
    /// <param name="before">When the step before it was; 0 for the first, which nobody saw begin.</param>
    /// <returns>When this one was.</returns>
    public long Step(long before)
    {
        var now = Stopwatch.GetTimestamp();
        if (before != 0) _steps.Record(Stopwatch.GetElapsedTime(before, now).TotalSeconds);
        return now;
    }

    private static string NameOf(EngineCall call) => call.GetType().Name.Replace("Call", "", StringComparison.Ordinal).ToLowerInvariant();
}
