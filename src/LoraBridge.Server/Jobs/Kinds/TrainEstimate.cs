using System.Text.Json.Nodes;
using LoraBridge.Server.Engine;
using LoraBridge.Training.Data;
using LoraBridge.Training.Data.Doctor;

namespace LoraBridge.Server.Jobs.Kinds;

/// <summary>Says before a training what it will be: its settings, its pictures, its steps, its memory and, measured, its time. Nothing is written.</summary>
internal static class TrainEstimate
{
    /// <summary>Looks.</summary>
    /// <param name="request">The training's request.</param>
    /// <param name="measure">Whether two steps are taken for it, which takes as long as loading the model and those steps.</param>
    /// <param name="client">The engine, which knows the device.</param>
    /// <param name="defaults">What the request leaves open.</param>
    /// <param name="files">Finds what is named.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="JobException">Settings are wrong or missing, or the pictures cannot be trained on; the fields are named.</exception>
    public static async Task<TrainForecast> OfAsync(JsonObject request, bool measure, EngineClient client, JobDefaults defaults, RequestFiles files, CancellationToken cancel)
    {
        var folder = Path.Combine(Path.GetTempPath(), "lorabridge-estimate");
        var report = TrainRequest.Read(new("estimate", "", folder, request), defaults);
        var options = TrainRequest.Options(report, files);
        var pictures = Examine(options.ToDataOptions(), cancel);
        var remarks = report.Problems.Select(problem => problem.Message);
        if (!pictures.CanStart) return new() { CanStart = false, Remarks = [.. remarks], Pictures = pictures.ToText() };

        var found = (await client.PreflightAsync(new(options, measure), cancel: cancel).ConfigureAwait(false)).Report;
        return new()
        {
            CanStart = true,
            Epochs = found.Plan.Epochs,
            Steps = found.Plan.Steps,
            BatchesPerEpoch = found.Plan.BatchesPerEpoch,
            EffectiveBatch = found.Plan.EffectiveBatch,
            PictureCount = found.Pictures,
            PeakBytes = found.Memory.Peak,
            AvailableBytes = found.Machine.Available,
            Fits = found.Fits,
            FitsWithChanges = found.FitsWithChanges,
            Changes = [.. found.Changes.Select(change => new ForecastChange(change.Settings.ToDictionary(setting => setting.Name, setting => setting.To), change.Saves, change.Cost))],
            Seconds = found.Time?.Total.TotalSeconds,
            Sentence = found.Sentence,
            Text = found.ToText(),
            Remarks = [.. remarks, .. found.Plan.Problems.Select(problem => problem.Message)],
            Pictures = pictures.ToText(),
        };
    }

    private static DoctorReport Examine(DataOptions data, CancellationToken cancel)
    {
        try
        {
            return DatasetDoctor.Examine(data, cancellation: cancel);
        }
        catch (DatasetException wrong)
        {
            throw JobException.Invalid("data", wrong.Message);
        }
    }
}

/// <summary>What a training will be.</summary>
internal sealed record TrainForecast
{
    /// <summary>Whether the pictures can be trained on; else the numbers are 0.</summary>
    public bool CanStart { get; init; }

    /// <summary>Passes.</summary>
    public int Epochs { get; init; }

    /// <summary>Optimizer steps.</summary>
    public int Steps { get; init; }

    /// <summary>Batches in one pass.</summary>
    public int BatchesPerEpoch { get; init; }

    /// <summary>Pictures in a step.</summary>
    public int EffectiveBatch { get; init; }

    /// <summary>Pictures in all.</summary>
    public int PictureCount { get; init; }

    /// <summary>The most memory that it will take, in bytes.</summary>
    public long PeakBytes { get; init; }

    /// <summary>The memory that can be had, in bytes; absent where that is not known.</summary>
    public long? AvailableBytes { get; init; }

    /// <summary>Whether it fits as it is.</summary>
    public bool Fits { get; init; }

    /// <summary>Whether it fits with the changes.</summary>
    public bool FitsWithChanges { get; init; }

    /// <summary>What would make it fit.</summary>
    public IReadOnlyList<ForecastChange> Changes { get; init; } = [];

    /// <summary>How long it will take; absent where nothing was measured.</summary>
    public double? Seconds { get; init; }

    /// <summary>Memory in a sentence.</summary>
    public string Sentence { get; init; } = "";

    /// <summary>The forecast in lines for people.</summary>
    public string Text { get; init; } = "";

    /// <summary>What is to be said of the settings.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>What was found about the pictures, in lines for people.</summary>
    public string Pictures { get; init; } = "";
}

/// <summary>A change that saves memory.</summary>
/// <param name="Settings">The settings as they would be.</param>
/// <param name="SavesBytes">How much it saves.</param>
/// <param name="Cost">What it costs, in a sentence.</param>
internal sealed record ForecastChange(IReadOnlyDictionary<string, string> Settings, long SavesBytes, string Cost);
