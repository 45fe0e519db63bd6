using System.Text.Json.Nodes;

namespace LoraBridge.Server.Jobs;

/// <summary>A kind of job: a row of the table of what can be asked for.</summary>
/// <param name="Name">Its name in requests.</param>
internal sealed record JobKind(string Name)
{
    /// <summary>Looks at a request before it is queued; it gives the request as it is to be kept, and what the user should know.</summary>
    public Func<JobDraft, CheckedRequest> Check { get; init; } = draft => new(draft.Request, []);

    /// <summary>Does it. An <see cref="OperationCanceledException"/> after it was asked to end is no failure.</summary>
    public required Func<JobRun, Task<JobOutcome>> RunAsync { get; init; }

    /// <summary>Whether it can be ended with what there is by then as its result.</summary>
    public bool CanFinish { get; init; }

    /// <summary>The object in a request that holds what sweeps vary; null where that is the request itself.</summary>
    public string? SweepsIn { get; init; }

    /// <summary>Makes a request longer, as in "three more epochs"; null where there is no longer.</summary>
    public Func<JobDraft, MoreWork, CheckedRequest>? Extend { get; init; }

    /// <summary>Every value that takes effect, for comparisons; null where the request itself says all.</summary>
    public Func<JobDraft, IEnumerable<JobValue>>? Values { get; init; }
}

/// <summary>A request that is looked at.</summary>
/// <param name="Id">The job's id, also the name of its folder.</param>
/// <param name="Name">What the user calls it.</param>
/// <param name="Folder">The job's folder; it need not exist yet.</param>
/// <param name="Request">What is asked for; the check may change it.</param>
internal sealed record JobDraft(string Id, string Name, string Folder, JsonObject Request);

/// <summary>A request that can be carried out.</summary>
/// <param name="Request">As it is kept.</param>
/// <param name="Warnings">What the user should know, in sentences.</param>
internal sealed record CheckedRequest(JsonObject Request, IReadOnlyList<string> Warnings);

/// <summary>By how much a job is to be longer; one of the two.</summary>
/// <param name="Epochs">Epochs more.</param>
/// <param name="Steps">Steps more.</param>
internal sealed record MoreWork(int? Epochs, int? Steps);

/// <summary>What a job came to.</summary>
/// <param name="IsComplete">Whether it is done; else it was ended on the way and can go on.</param>
/// <param name="Result">The rest, written as JSON; null for nothing.</param>
internal sealed record JobOutcome(bool IsComplete, object? Result = null);

/// <summary>The kinds by their names.</summary>
internal sealed class JobKinds(IEnumerable<JobKind> kinds)
{
    private readonly SortedDictionary<string, JobKind> _kinds = new(kinds.ToDictionary(kind => kind.Name), StringComparer.Ordinal);

    /// <summary>All names.</summary>
    public IReadOnlyCollection<string> Names => _kinds.Keys;

    /// <summary>A kind.</summary>
    /// <exception cref="JobException">There is none of that name.</exception>
    public JobKind Get(string name) => _kinds.TryGetValue(name, out var kind)
        ? kind
        : throw JobException.Invalid("kind", $"There is no kind of job '{name}'. Give one of {string.Join(", ", Names)}.");
}
