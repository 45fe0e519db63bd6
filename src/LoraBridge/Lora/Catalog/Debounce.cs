namespace LoraBridge.Lora.Catalog;

/// <summary>Makes one call of many: once nothing was noticed for a while, but not later than a longest wait after the first.</summary>
internal sealed class Debounce : IDisposable
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _quiet, _longest;
    private readonly Action _action;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private long? _first;

    public Debounce(TimeProvider time, TimeSpan quiet, TimeSpan longest, Action action)
    {
        (_time, _quiet, _longest, _action) = (time, quiet, longest, action);
        _timer = time.CreateTimer(_ => Ring(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Notice()
    {
        lock (_lock)
        {
            _first ??= _time.GetTimestamp();
            var left = _longest - _time.GetElapsedTime(_first.Value);
            var due = left < _quiet ? left : _quiet;
            _timer.Change(due > TimeSpan.Zero ? due : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Ring()
    {
        lock (_lock) _first = null;
        _action();
    }
}
