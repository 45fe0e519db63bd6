using System.Diagnostics.Metrics;

namespace LoraBridge.Server.Metrics;

/// <summary>Listens to this server's instruments, and to none of another one's in the same process.</summary>
internal sealed class MetricStore : IDisposable
{
    private static readonly string[] s_meters = ["LoraBridge", "Microsoft.AspNetCore.Hosting"];

    private readonly MeterListener _listener = new();
    private readonly Lock _gate = new();
    private readonly List<Measured> _all = [];

    /// <summary>Begins to listen.</summary>
    /// <param name="meters">Whose instruments count.</param>
    public MetricStore(IMeterFactory meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope != meters || !s_meters.Contains(instrument.Meter.Name)) return;
            var measured = new Measured(instrument);
            lock (_gate) _all.Add(measured);
            listener.EnableMeasurementEvents(instrument, measured);
        };
        _listener.SetMeasurementEventCallback<double>((_, value, tags, state) => Take(value, tags, state));
        _listener.SetMeasurementEventCallback<long>((_, value, tags, state) => Take(value, tags, state));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, state) => Take(value, tags, state));
        _listener.Start();
    }

    /// <summary>Asks the instruments that wait to be asked, and writes down all that was measured.</summary>
    public string Write()
    {
        lock (_gate)
        {
            // whose labels change, such as states that no job is in any more, must not stay
            foreach (var measured in _all.Where(measured => measured.IsObserved)) measured.Clear();
            _listener.RecordObservableInstruments();
            return PrometheusText.Write(_all);
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        lock (_gate) ((Measured)state!).Take(value, tags);
    }
}
