using System.Text.Json;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Jobs.Kinds;
using LoraBridge.Training.Data;
using LoraBridge.Training.Data.Doctor;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LoraBridge.Server.Datasets;

/// <summary>Examines data sets before a training, and cures what can be cured without an eye.</summary>
internal static class DoctorApi
{
    public static void MapDoctor(this RouteGroupBuilder group)
    {
        group.MapPost("/{id}/doctor", ExamineAsync).WithName("ExamineDataset").WithSummary("Look at every picture and caption, and say what is wrong and how to cure it");
        group.MapPost("/{id}/doctor/cure", CureAsync).WithName("CurePicture").WithSummary("Apply one cure to one picture; the file as it was is kept for versions");
    }

    private static async Task<Ok<ExaminationReport>> ExamineAsync(string id, Body<Examination> body, DatasetStore store, TokenCounter tokens, JobDefaults defaults, CancellationToken cancel)
    {
        var (dataset, asked) = (store.Find(id), body.Value);
        if (asked.Resolution is < 64 or > 4096) throw RequestException.Invalid("resolution", "It is not 64 to 4096.", "Give 512 for Stable Diffusion 1.");
        var size = asked.Resolution is { } side ? new(side, side) : defaults.DrawnSize;
        var options = new DataOptions
        {
            Datasets = [new() { Folder = dataset.Folder }],
            Captions = new() { TriggerWord = asked.TriggerWord },
            Buckets = new() { Width = size.Width, Height = size.Height, MaximumSide = Math.Max(1024, Math.Max(size.Width, size.Height) * 2), MinimumSide = Math.Min(256, Math.Min(size.Width, size.Height)) },
        };
        var report = await Task.Run(() => DatasetDoctor.Examine(options, tokenizer: tokens.Tokenizer, cancellation: cancel), cancel).ConfigureAwait(false);
        var pictures = dataset.Pictures().ToDictionary(picture => picture.Path, picture => picture.Name, StringComparer.Ordinal);
        return TypedResults.Ok(new ExaminationReport(report.Pictures, report.CanStart, [.. report.Findings.Select(finding => Describe(dataset, pictures, finding))]));
    }

    private static async Task<Ok<CureReport>> CureAsync(string id, Body<Cure> body, DatasetStore store, DatasetCures cures, CancellationToken cancel)
    {
        var dataset = store.Find(id);
        var (cure, name) = (body.Value.Apply, body.Value.Picture);
        return TypedResults.Ok(new CureReport(name, await Task.Run(() => cures.Apply(dataset, cure, name), cancel).ConfigureAwait(false)));
    }

    private static FindingReport Describe(Dataset dataset, Dictionary<string, string> pictures, DatasetFinding finding)
    {
        var picture = pictures.GetValueOrDefault(finding.Path);
        // a caption's finding is cured at its picture
        if (picture is null && finding.Kind == FindingKind.CaptionEncoding)
            picture = pictures.FirstOrDefault(pair => CaptionFile.Beside(pair.Key) == finding.Path).Value;
        return new(Camel(finding.Kind), Camel(finding.Severity), finding.Path.Length == 0 ? "" : PictureSearch.NameIn(dataset.Folder, finding.Path), finding.Sentence, finding.Cure)
        {
            Picture = picture,
            Others = [.. finding.Others.Select(other => pictures.GetValueOrDefault(other, other))],
            Cures = picture is null ? [] : DatasetCures.For(finding.Kind),
        };
    }

    private static string Camel<T>(T value) where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}

/// <summary>How a data set would be trained, for those findings that depend on it.</summary>
internal sealed record Examination
{
    /// <summary>The word that captions shall have; null for none.</summary>
    public string? TriggerWord { get; init; }

    /// <summary>The side of a square of the trained area, in pixels, 64 to 4096; null for the size of the model that is in use.</summary>
    public int? Resolution { get; init; }
}

/// <summary>What the doctor says.</summary>
/// <param name="Pictures">Usable pictures.</param>
/// <param name="CanStart">Whether a training may begin.</param>
/// <param name="Findings">What is wrong, the worst first.</param>
internal sealed record ExaminationReport(int Pictures, bool CanStart, IReadOnlyList<FindingReport> Findings);

/// <summary>One thing that the doctor has to say.</summary>
/// <param name="Kind">What.</param>
/// <param name="Severity"><c>error</c>, <c>warning</c> or <c>information</c>.</param>
/// <param name="Path">The file below the data set's folder; empty where it is about the whole.</param>
/// <param name="Sentence">What was seen.</param>
/// <param name="Advice">What to do about it.</param>
internal sealed record FindingReport(string Kind, string Severity, string Path, string Sentence, string Advice)
{
    /// <summary>The picture that it is about; null where it is about none or about all.</summary>
    public string? Picture { get; init; }

    /// <summary>Other pictures concerned, such as the twin of a duplicate.</summary>
    public IReadOnlyList<string> Others { get; init; } = [];

    /// <summary>What one click can do about it.</summary>
    public IReadOnlyList<string> Cures { get; init; } = [];
}

/// <summary>One cure for one picture.</summary>
internal sealed record Cure
{
    /// <summary>A cure that a finding offered.</summary>
    public required string Apply { get; init; }

    /// <summary>The picture's name.</summary>
    public required string Picture { get; init; }
}

/// <summary>What a cure came to.</summary>
/// <param name="Picture">The picture as it was called.</param>
/// <param name="Now">As it is called now; null where it was taken out.</param>
internal sealed record CureReport(string Picture, string? Now);
