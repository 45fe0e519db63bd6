using System.Diagnostics;
using LoraBridge.Server.Engine.Protocol;

namespace LoraBridge.Server.Engine.Host;

/// <summary>
/// The engine's one torch thread and what waits for it. Calls come in turn; while a training runs, those that are none are carried out
/// between two of its steps, so that nobody waits for longer than a step and those before him.
/// </summary>
internal sealed class EngineWorker : IDisposable
{
    private readonly Func<EngineJob, EngineResult> _carryOut;
    private readonly Lock _gate = new();
    private readonly List<EngineJob> _waiting = [];
    private readonly Stack<EngineJob> _running = [];
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly Thread _thread;
    private long _lastSign;
    private double? _secondsAStep, _secondsAJob;
    private long _stepBegan;
    private volatile bool _isOver;

    /// <summary>A thread that begins when <see cref="Start"/> is called.</summary>
    /// <param name="carryOut">Does what a job asks for, on the thread.</param>
    public EngineWorker(Func<EngineJob, EngineResult> carryOut)
    {
        _carryOut = carryOut;
        // blocks that run again call each other deeply
        _thread = new(Work, maxStackSize: 64 << 20) { IsBackground = true, Name = "torch" };
    }

    public void Start() => _thread.Start();

    /// <summary>Puts a job at the end of the queue.</summary>
    public void Add(EngineJob job)
    {
        lock (_gate)
        {
            _waiting.Add(job);
            TellPlaces(job);
        }
        _arrived.Release();
    }

    /// <summary>The job of an id, waiting or in work; of no id the innermost one in work.</summary>
    public EngineJob? Find(string? id)
    {
        lock (_gate) return id is null ? _running.FirstOrDefault(job => !job.IsTraining) : _running.Concat(_waiting).FirstOrDefault(job => job.Call.Id == id);
    }

    /// <summary>How the thread is, told from another one.</summary>
    public EngineHealth Health()
    {
        lock (_gate)
        {
            var silence = _running.Count == 0 ? 0 : Stopwatch.GetElapsedTime(Interlocked.Read(ref _lastSign)).TotalSeconds;
            return new(Environment.ProcessId, _running.FirstOrDefault()?.Call.Id, _running.FirstOrDefault(job => job.IsTraining)?.Call.Id, _waiting.Count, Math.Round(silence, 3));
        }
    }

    /// <summary>Says that the thread goes on.</summary>
    public void GiveSign() => Interlocked.Exchange(ref _lastSign, Stopwatch.GetTimestamp());

    /// <summary>Learns how long a step of the training takes, by which the others' waiting is foretold.</summary>
    public void StepTaken()
    {
        lock (_gate)
        {
            if (_stepBegan != 0) _secondsAStep = Smooth(_secondsAStep, Stopwatch.GetElapsedTime(_stepBegan).TotalSeconds);
            _stepBegan = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Whether calls wait that a training should make room for.</summary>
    public bool AreGuestsWaiting
    {
        get
        {
            lock (_gate) return _waiting.Exists(job => !job.IsTraining);
        }
    }

    /// <summary>Carries out those who wait at this moment; called by a training on the torch thread, between two steps. Who comes later waits for the next step.</summary>
    public void ServeGuests()
    {
        List<EngineJob> guests;
        lock (_gate) guests = _waiting.FindAll(job => !job.IsTraining);
        foreach (var guest in guests) Run(guest);
        lock (_gate) _stepBegan = 0;                                            // this pause is no step's
    }

    /// <summary>Ends the thread once it is idle.</summary>
    public void Dispose()
    {
        _isOver = true;
        _arrived.Release();
        if (!_thread.IsAlive || _thread.Join(TimeSpan.FromSeconds(1))) _arrived.Dispose();
    }

    private void Work()
    {
        while (true)
        {
            _arrived.Wait();
            if (_isOver) return;
            EngineJob? next;
            lock (_gate) next = _waiting.FirstOrDefault();
            if (next is not null) Run(next);                                    // else a training has served it
        }
    }

    private void Run(EngineJob job)
    {
        lock (_gate)
        {
            _waiting.Remove(job);
            _running.Push(job);
            job.Begin();
            foreach (var other in _waiting) TellPlaces(other);
        }
        GiveSign();
        EngineLine last;
        try
        {
            job.ThrowIfOver();
            last = new ResultLine(_carryOut(job));
        }
#pragma warning disable CA1031 // the job runner: every failure of a call is an answer to who asked
        catch (Exception error)
#pragma warning restore CA1031
        {
            last = EngineErrors.Of(error);
        }
        lock (_gate)
        {
            _running.Pop();
            if (job.IsTraining) _stepBegan = 0;
            else if (last is ResultLine) _secondsAJob = Smooth(_secondsAJob, job.RunningSeconds);
        }
        GiveSign();
        job.End(last);
    }

    /// <summary>Tells who waits how many are before him and how long they will take.</summary>
    private void TellPlaces(EngineJob job)
    {
        var before = _waiting.TakeWhile(other => other != job).Where(other => job.IsTraining || !other.IsTraining).ToList();
        var place = before.Count + (_running.Count == 0 ? 0 : 1);
        job.Report(new QueuedLine(place, Expected(job, before)));
    }

    private double? Expected(EngineJob job, List<EngineJob> before)
    {
        double? seconds = 0;
        if (_running.TryPeek(out var running))
        {
            seconds = running.IsTraining && !job.IsTraining
                ? _secondsAStep - (_stepBegan == 0 ? 0 : Math.Min(_secondsAStep.GetValueOrDefault(), Stopwatch.GetElapsedTime(_stepBegan).TotalSeconds))
                : running.SecondsLeft;
        }
        if (before.Count > 0) seconds += before.Exists(other => other.IsTraining) ? null : before.Count * _secondsAJob;
        return seconds is { } known ? Math.Round(known, 3) : null;
    }

    private static double Smooth(double? mean, double value) => mean is { } before ? (0.8 * before) + (0.2 * value) : value;
}
