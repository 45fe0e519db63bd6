using System.Text.Json.Nodes;
using LoraBridge.Server.Engine;
using LoraBridge.Training.Data;
using LoraBridge.Training.Data.Doctor;
using LoraBridge.Training.Settings;

namespace LoraBridge.Server.Jobs.Kinds;

/// <summary>Says before a training what it will be: its settings, its pictures, its steps. Nothing is loaded or written.</summary>
internal static class TrainEstimate
{
    /// <summary>Looks.</summary>
    /// <param name="request">The training's request.</param>
    /// <param name="engine">The server's own model and device.</param>
    /// <exception cref="JobException">Settings are wrong or missing, or the pictures cannot be read; the fields are named.</exception>
    public static TrainForecast Of(JsonObject request, EngineSettings engine)
    {
        var report = TrainRequest.Read(new("estimate", "", "estimate", request), engine);
        var options = TrainRequest.Options(report);
        try
        {
            var doctor = DatasetDoctor.Examine(options.ToDataOptions());
            var set = TrainingSet.Read(options.ToDataOptions());
            var plan = StepPlan.ForBatches(options, new BatchSchedule(set, options.Loop.BatchSize, 0).BatchesPerEpoch);
            return new(doctor.CanStart, set.Pictures.Count, plan.BatchesPerEpoch, plan.Epochs, plan.Steps, plan.EffectiveBatch,
                [.. report.Problems.Select(problem => problem.Message), .. plan.Problems.Select(problem => problem.ToString()!)], doctor.ToText());
        }
        catch (DatasetException wrong)
        {
            throw JobException.Invalid("data", wrong.Message);
        }
    }
}

/// <summary>What a training will be.</summary>
/// <param name="CanStart">Whether the pictures can be trained on.</param>
/// <param name="Pictures">How many there are.</param>
/// <param name="BatchesPerEpoch">Batches in one pass.</param>
/// <param name="Epochs">Passes.</param>
/// <param name="Steps">Optimizer steps.</param>
/// <param name="EffectiveBatch">Pictures in a step.</param>
/// <param name="Remarks">What is to be said of the settings.</param>
/// <param name="Pictorial">What was found about the pictures, in lines for people.</param>
internal sealed record TrainForecast(bool CanStart, int Pictures, int BatchesPerEpoch, int Epochs, int Steps, int EffectiveBatch, IReadOnlyList<string> Remarks, string Pictorial);
