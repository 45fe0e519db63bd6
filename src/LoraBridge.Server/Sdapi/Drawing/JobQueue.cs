namespace LoraBridge.Server.Sdapi.Drawing;

/// <summary>Lets one job run at a time, in the order of their coming, and knows their ids.</summary>
internal sealed class JobQueue
{
    private const int Remembered = 16;

    private readonly Lock _lock = new();
    private readonly LinkedList<Ticket> _waiting = new();
    private readonly Queue<string> _finished = new();
    private Ticket? _running;

    /// <summary>The ids of the jobs that wait, the next one first.</summary>
    public IReadOnlyList<string> Pending
    {
        get
        {
            lock (_lock) return [.. _waiting.Select(ticket => ticket.Id).OfType<string>()];
        }
    }

    /// <summary>The id of the job in work; null when there is none.</summary>
    public string? Running
    {
        get
        {
            lock (_lock) return _running?.Id;
        }
    }

    /// <summary>Whether a job is one of the last sixteen that ended.</summary>
    public bool IsFinished(string id)
    {
        lock (_lock) return _finished.Contains(id);
    }

    /// <summary>Does something once all that came before is done.</summary>
    /// <param name="id">By what it is known; null for work that nobody asks after.</param>
    /// <param name="work">What to do.</param>
    /// <param name="cancel">Gives up its place among those that wait.</param>
    public async Task<T> RunAsync<T>(string? id, Func<Task<T>> work, CancellationToken cancel = default)
    {
        var ticket = new Ticket(id);
        lock (_lock)
        {
            if (_running is null) Start(ticket);
            else _waiting.AddLast(ticket);
        }
        await using (cancel.UnsafeRegister(_ => GiveUp(ticket, cancel), null).ConfigureAwait(false)) await ticket.Turn.Task.ConfigureAwait(false);
        try
        {
            return await work().ConfigureAwait(false);
        }
        finally
        {
            Finish(ticket);
        }
    }

    private void Start(Ticket next)
    {
        _running = next;
        next.Turn.SetResult();
    }

    private void GiveUp(Ticket ticket, CancellationToken cancel)
    {
        lock (_lock)
        {
            if (_waiting.Remove(ticket)) ticket.Turn.SetCanceled(cancel);
        }
    }

    private void Finish(Ticket ticket)
    {
        lock (_lock)
        {
            if (ticket.Id is { } id) _finished.Enqueue(id);
            if (_finished.Count > Remembered) _finished.Dequeue();
            _running = null;
            if (_waiting.First is not { } next) return;
            _waiting.RemoveFirst();
            Start(next.Value);
        }
    }

    private sealed record Ticket(string? Id)
    {
        public TaskCompletionSource Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
