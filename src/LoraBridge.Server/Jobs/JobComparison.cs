using System.Text.Json.Nodes;

namespace LoraBridge.Server.Jobs;

/// <summary>Lays the settings of two jobs beside one another.</summary>
internal sealed class JobComparison(JobQueue queue, JobKinds kinds)
{
    /// <summary>What is different.</summary>
    /// <exception cref="JobException">There is no such job.</exception>
    public JobDifferences Compare(string firstId, string secondId)
    {
        var (first, second) = (queue.Get(firstId), queue.Get(secondId));
        var (before, after) = (Values(first), Values(second));
        var fields = before.Keys.Concat(after.Keys.Where(field => !before.ContainsKey(field))).ToList();
        var rows =
            from field in fields
            let one = before.GetValueOrDefault(field)
            let other = after.GetValueOrDefault(field)
            where one?.Value != other?.Value
            select new JobDifference(field, one?.Value, other?.Value, (one ?? other)!.Meaning);
        var differences = rows.ToList();
        return new(Side(first), Side(second), differences, fields.Count - differences.Count);
    }

    private Dictionary<string, JobValue> Values(Job job)
    {
        var draft = new JobDraft(job.Id, job.Name, queue.FolderOf(job.Id), JobJson.Object(job.Request));
        var values = kinds.Get(job.Kind).Values is { } explained ? explained(draft) : Flat(draft.Request, "");
        return values.DistinctBy(value => value.Field).ToDictionary(value => value.Field, StringComparer.Ordinal);
    }

    /// <summary>The leaves of a request, each with the way to it.</summary>
    private static IEnumerable<JobValue> Flat(JsonNode? node, string path) => node switch
    {
        JsonObject { Count: > 0 } inner => inner.SelectMany(field => Flat(field.Value, path.Length == 0 ? field.Key : $"{path}.{field.Key}")),
        JsonArray { Count: > 0 } list => list.SelectMany((item, i) => Flat(item, $"{path}[{i}]")),
        _ => path.Length == 0 ? [] : [new(path, node?.ToString() ?? "none", null)],
    };

    private static JobSide Side(Job job) => new(job.Id, job.Kind, job.Name, JobRows.NameOf(job.State));
}

/// <summary>A value of a job's settings.</summary>
/// <param name="Field">Its name.</param>
/// <param name="Value">The value as it is written in settings.</param>
/// <param name="Meaning">What it means, a sentence; null where the kind does not say.</param>
internal sealed record JobValue(string Field, string Value, string? Meaning);

/// <summary>What two jobs differ in.</summary>
/// <param name="First">The one job.</param>
/// <param name="Second">The other.</param>
/// <param name="Differences">Settings that differ, as they take effect: also those that only one of them names.</param>
/// <param name="Same">How many settings are the same.</param>
internal sealed record JobDifferences(JobSide First, JobSide Second, IReadOnlyList<JobDifference> Differences, int Same);

/// <summary>A job that is compared.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Name">What it is called.</param>
/// <param name="State">Where it is.</param>
internal sealed record JobSide(string Id, string Kind, string Name, string State);

/// <summary>A setting that differs.</summary>
/// <param name="Field">Its name.</param>
/// <param name="First">Its value in the one; absent where it has none.</param>
/// <param name="Second">Its value in the other; absent where it has none.</param>
/// <param name="Meaning">What it means, a sentence.</param>
internal sealed record JobDifference(string Field, string? First, string? Second, string? Meaning);
