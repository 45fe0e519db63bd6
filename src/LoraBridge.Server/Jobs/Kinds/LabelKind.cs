using System.Text.Json;
using LoraBridge.Server.Datasets;
using LoraBridge.Server.Errors;

namespace LoraBridge.Server.Jobs.Kinds;

/// <summary>Captions for a data set's pictures, of names and templates; one entry of the data set's history, so that it can be undone there.</summary>
internal sealed class LabelKind(DatasetStore datasets, Captions captions)
{
    private const int MostExamples = 20;

    /// <summary>The row of the table.</summary>
    public JobKind Kind => new("label")
    {
        Check = draft =>
        {
            Read(draft.Request.ToJsonString());
            return new(draft.Request, []);
        },
        RunAsync = RunAsync,
    };

    private async Task<JobOutcome> RunAsync(JobRun run)
    {
        var (request, dataset) = Read(run.Job.Request);
        var pictures = request.Pictures?.Count ?? dataset.Pictures().Count;
        // on a thread of its own: thousands of small files
        return await Task.Run(() => Label(run, request, dataset, pictures), CancellationToken.None).ConfigureAwait(false);
    }

    private JobOutcome Label(JobRun run, LabelRequest request, Dataset dataset, int pictures)
    {
        try
        {
            var (report, changes) = captions.Label(dataset, $"Label captions ({run.Job.Id})", request, looked =>
            {
                run.Ending.ThrowIfCancellationRequested();
                run.Report((double)looked / Math.Max(1, pictures), "labelling");
            });
            var examples = changes.Where(change => !report.Skipped.Contains(change.Name)).Take(MostExamples).Select(change => new LabelExample(change.Name, change.Before, change.After));
            return new(true, new LabelReport(dataset.Id, pictures, report.Changed, pictures - changes.Count, report.Skipped, [.. examples], $"{DatasetsApi.Root}/{dataset.Id}/caption-edits/undo"));
        }
        catch (RequestException refused)
        {
            throw Refused(refused);
        }
    }

    private (LabelRequest Request, Dataset Dataset) Read(string json)
    {
        try
        {
            var request = JsonSerializer.Deserialize<LabelRequest>(json, BodyJson.Options)!;
            request.Check();
            return (request, datasets.Find(request.Dataset));
        }
        catch (JsonException wrong)
        {
            throw JobException.Invalid(wrong.Path?.TrimStart('$', '.') is { Length: > 0 } path ? path : "request", wrong.Message.Split(" Path: ")[0]);
        }
        catch (RequestException refused)
        {
            throw Refused(refused);
        }
    }

    private static JobException Refused(RequestException refused) => JobException.Invalid(refused.Field is "id" ? "dataset" : refused.Field, $"{refused.Reason} {refused.Cure}");
}

/// <summary>What a job of the kind <c>label</c> came to.</summary>
/// <param name="Dataset">The data set's id.</param>
/// <param name="Pictures">How many pictures were looked at.</param>
/// <param name="Changed">How many captions changed.</param>
/// <param name="Unchanged">How many stayed as they were.</param>
/// <param name="Skipped">Pictures whose captions somebody else changed meanwhile.</param>
/// <param name="Examples">The first of the changes.</param>
/// <param name="Undo">Where a POST takes all of it back.</param>
internal sealed record LabelReport(string Dataset, int Pictures, int Changed, int Unchanged, IReadOnlyList<string> Skipped, IReadOnlyList<LabelExample> Examples, string Undo);

/// <summary>A caption that changed.</summary>
/// <param name="Name">The picture.</param>
/// <param name="Before">The text of its file before; null where there was none.</param>
/// <param name="After">The text now.</param>
internal sealed record LabelExample(string Name, string? Before, string? After);
