using LoraBridge.Diffusion.Text;
using LoraBridge.Training;
using LoraBridge.Training.Data;
using LoraBridge.Training.Data.Doctor;
using LoraBridge.Training.Preflight;
using LoraBridge.Training.Settings;

namespace LoraBridge.Server.Commands;

/// <summary>Everything that can be said of a run without beginning it: settings, pictures, memory and time.</summary>
internal static class DryRun
{
    /// <summary>Writes the report.</summary>
    /// <returns>0 where the run could begin, else the exit code of a failure.</returns>
    public static int Of(TrainingOptions options, TrainerHost host, TextWriter output)
    {
        var missing = SettingsRules.Missing(options);
        foreach (var problem in missing) output.WriteLine(problem);
        if (options.Data.Count == 0) return CommandLine.Failure;

        var doctor = DatasetDoctor.Examine(options.ToDataOptions(), tokenizer: new(ClipVocabulary.Find(host.Vocabulary)), progress: new Stage(host), cancellation: host.Stop);
        output.WriteLine(doctor.ToText());
        if (!doctor.CanStart || missing.Any(problem => problem.Severity == Severity.Error)) return CommandLine.Failure;

        var report = PreflightCheck.Predict(options, host);
        if (!report.Fits && options.Precision.AutoFit && report.FitsWithChanges)
        {
            output.WriteLine(report.ToText());
            output.WriteLine("precision.autoFit: with these changes the run becomes:\n");
            report = PreflightCheck.Measure(report.Fitted, host);
        }
        else if (report.Fits)
        {
            report = PreflightCheck.Measure(options, host);
        }
        else
        {
            output.WriteLine("No steps were taken, because they would not fit.");
        }
        output.Write(report.ToText());
        if (report.Fits || report.FitsWithChanges) return 0;
        output.WriteLine("\nerror: the run does not fit into memory, whatever is changed: see above.");
        return CommandLine.Failure;
    }

    /// <summary>The doctor's progress as a stage of the run.</summary>
    private sealed class Stage(TrainerHost host) : IProgress<DatasetProgress>
    {
        public void Report(DatasetProgress value) => host.Progress?.Report(new TrainingStage("examining the pictures", value.Total == 0 ? 1 : (double)value.Done / value.Total));
    }
}
