namespace LoraBridge.Server.Link.Webhooks;

/// <summary>An address that is told what happens to jobs.</summary>
/// <param name="Id">What addresses call it.</param>
/// <param name="Name">What its owner calls it.</param>
/// <param name="Url">Where it is told.</param>
/// <param name="Events">What it is told.</param>
/// <param name="Secret">The key of signatures; null for none. It is never answered.</param>
/// <param name="IsEnabled">Whether it is told at all.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Dropped">How many happenings it was not told because too many waited.</param>
internal sealed record Webhook(string Id, string Name, string Url, IReadOnlyList<string> Events, string? Secret, bool IsEnabled, DateTimeOffset CreatedAt, long Dropped)
{
    /// <summary>What can be told.</summary>
    public static IReadOnlyList<string> AllEvents { get; } =
        ["job.queued", "job.running", "job.stopping", "job.paused", "job.finished", "job.failed", "job.cancelled", "job.file", "job.warning"];

    /// <summary>What is told where nothing is said: how jobs end.</summary>
    public static IReadOnlyList<string> UsualEvents { get; } = ["job.finished", "job.failed", "job.paused", "job.cancelled"];

    /// <summary>Without the secret and the address's path, wherever it may be written.</summary>
    public override string ToString() => $"{Id} to {new Uri(Url).Authority}";
}

/// <summary>Something that an address is to be told, or was.</summary>
internal sealed record Delivery
{
    /// <summary>Its name; who receives it twice knows it by that.</summary>
    public required string Id { get; init; }

    /// <summary>The webhook.</summary>
    public required string Webhook { get; init; }

    /// <summary>The event's number among all events; deliveries are made in this order.</summary>
    public long Sequence { get; init; }

    /// <summary>What happened, such as <c>job.finished</c>.</summary>
    public required string Event { get; init; }

    /// <summary>What is told, JSON.</summary>
    public required string Payload { get; init; }

    /// <summary><c>waiting</c>, <c>delivered</c> or <c>failed</c>; <c>testing</c> for a moment.</summary>
    public required string State { get; init; }

    /// <summary>When it happened.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it is tried next, while it waits.</summary>
    public DateTimeOffset DueAt { get; init; }

    /// <summary>How often it was tried.</summary>
    public int Attempts { get; init; }

    /// <summary>When it was tried last; null before.</summary>
    public DateTimeOffset? LastAttemptAt { get; init; }

    /// <summary>The HTTP status of the last answer; null for none.</summary>
    public int? Status { get; init; }

    /// <summary>What was wrong with the last try; null when nothing was.</summary>
    public string? Error { get; init; }

    /// <summary>How long the last try took, in milliseconds.</summary>
    public int? Milliseconds { get; init; }

    /// <summary>When it was delivered or given up; null before.</summary>
    public DateTimeOffset? EndedAt { get; init; }
}
