using System.Diagnostics;
using System.Threading.Channels;
using LoraBridge.Generation;
using LoraBridge.Server.Engine.Protocol;

namespace LoraBridge.Server.Engine.Host;

/// <summary>A call that waits for the torch thread or is carried out there; its lines are read by who asked.</summary>
internal sealed class EngineJob : IDisposable
{
    private readonly Channel<EngineLine> _lines = Channel.CreateUnbounded<EngineLine>(new() { SingleReader = true });
    private readonly CancellationTokenSource _stop, _finish = new(), _cancel = new();
    private GenerationControl _control = new();
    private long _started;
    private double _fraction;

    /// <summary>A job for a call, which who asked may give up.</summary>
    public EngineJob(EngineCall call, CancellationToken abandoned)
    {
        Call = call;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(abandoned);
    }

    public EngineCall Call { get; }

    public bool IsTraining => Call is TrainCall;

    /// <summary>Ends pictures before their time; told of an interruption that came before it was there.</summary>
    public GenerationControl Control
    {
        get => _control;
        set
        {
            lock (_lines)
            {
                if (_control.IsInterrupted) value.Interrupt();
                _control = value;
            }
        }
    }

    /// <summary>Gives the call up; a training is saved.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Ends a training as if the step in work had been its last.</summary>
    public CancellationToken Finish => _finish.Token;

    /// <summary>Ends a training that nothing more shall be heard of.</summary>
    public CancellationToken Cancel => _cancel.Token;

    /// <summary>The lines, to the last.</summary>
    public IAsyncEnumerable<EngineLine> Lines => _lines.Reader.ReadAllAsync();

    /// <summary>How long it has run.</summary>
    public double RunningSeconds => _started == 0 ? 0 : Stopwatch.GetElapsedTime(_started).TotalSeconds;

    /// <summary>How long it will take yet; null where nothing is known.</summary>
    public double? SecondsLeft => _fraction > 0 ? RunningSeconds * (1 - _fraction) / _fraction : null;

    /// <summary>Refuses to begin what was ended while it waited.</summary>
    /// <exception cref="OperationCanceledException">It was.</exception>
    public void ThrowIfOver()
    {
        foreach (var token in (CancellationToken[])[Stop, Finish, Cancel]) token.ThrowIfCancellationRequested();
    }

    public void Begin() => _started = Stopwatch.GetTimestamp();

    public void Report(EngineLine line)
    {
        if (line is ProgressLine { Progress.Stage: EngineStage.Sampling or EngineStage.Working } progress) _fraction = progress.Progress.Fraction;
        _lines.Writer.TryWrite(line);
    }

    /// <summary>Writes the last line.</summary>
    public void End(EngineLine last)
    {
        _lines.Writer.TryWrite(last);
        _lines.Writer.TryComplete();
    }

    /// <summary>Ends pictures after the call of the network that is running.</summary>
    public void Interrupt()
    {
        lock (_lines) _control.Interrupt();
    }

    /// <summary>Ends the batch in work.</summary>
    public void Skip()
    {
        lock (_lines) _control.Skip();
    }

    public void StopTraining(TrainingStop how)
    {
        if (how == TrainingStop.Cancel) _cancel.Cancel();
        if (how == TrainingStop.Finish) _finish.Cancel();
        else _stop.Cancel();
    }

    public void Dispose()
    {
        _stop.Dispose();
        _finish.Dispose();
        _cancel.Dispose();
    }
}
