using System.Globalization;

namespace LoraBridge.Server.Jobs;

/// <summary>How many of the jobs that are over stay: some number, those of some days, or all.</summary>
/// <param name="Most">How many, the newest ones; null for any number.</param>
/// <param name="Age">For how long after their end; null for ever.</param>
internal sealed record JobRetention(int? Most = null, TimeSpan? Age = null)
{
    /// <summary>All stay.</summary>
    public static JobRetention All { get; } = new();

    /// <summary>Reads <c>200</c>, <c>30d</c> or <c>all</c>.</summary>
    /// <exception cref="FormatException">It is none of them.</exception>
    public static JobRetention Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Trim().Equals("all", StringComparison.OrdinalIgnoreCase)) return All;
        var isDays = text.Trim().EndsWith('d');
        if (!int.TryParse(text.Trim().TrimEnd('d'), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > 100_000 || (isDays && number == 0))
            throw new FormatException($"'{text}' says not what to keep. Give a number of jobs (200), of days (30d), or all");
        return isDays ? new(Age: TimeSpan.FromDays(number)) : new(number);
    }

    /// <summary>The jobs that go.</summary>
    /// <param name="over">Jobs that are over, in any order.</param>
    /// <param name="now">The time.</param>
    public IReadOnlyList<Job> Going(IEnumerable<Job> over, DateTimeOffset now)
    {
        var newestFirst = over.OrderByDescending(job => job.EndedAt ?? job.CreatedAt).ThenByDescending(job => job.Id, StringComparer.Ordinal).ToList();
        return [.. newestFirst.Where((job, i) => i >= Most || now - (job.EndedAt ?? job.CreatedAt) > Age)];
    }
}
