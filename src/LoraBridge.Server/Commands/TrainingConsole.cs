using LoraBridge.Training;
using System.Globalization;

namespace LoraBridge.Server.Commands;

/// <summary>Tells of a run in lines: stages, every so many seconds a step, files and warnings at once.</summary>
internal sealed class TrainingConsole(TextWriter output, TimeProvider time) : IProgress<TrainingEvent>
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);

    private long _last = long.MinValue;
    private string _stage = "";

    public void Report(TrainingEvent value)
    {
        switch (value)
        {
            case TrainingStage stage when stage.Name != _stage || stage.Fraction >= 1 || IsDue():
                (_stage, _last) = (stage.Name, time.GetTimestamp());
                Line($"{stage.Name}: {stage.Fraction:0%}");
                break;
            case TrainingStepDone done when done.Step == done.Steps || IsDue():
                _last = time.GetTimestamp();
                Line($"step {done.Step} of {done.Steps}, epoch {done.Epoch} of {done.Epochs}: loss {done.SmoothedLoss:0.0000}, rate {done.LearningRate:0.##e+0}, {done.PicturesPerSecond:0.00} pictures/s, {done.Left:h\\:mm\\:ss} left, {done.PeakMemory / 1e9:0.0} GB");
                break;
            case TrainingValidated validated:
                Line($"step {validated.Step}: loss on pictures set aside {validated.Result.Loss:0.0000}, drift on neutral prompts {validated.Result.Drift:0.0%}");
                break;
            case TrainingFileWritten written:
                Line($"{written.What}: {written.Path}");
                break;
            case TrainingWarning warning:
                Line($"warning: {warning.Message}");
                break;
        }
    }

    private bool IsDue() => _last == long.MinValue || time.GetElapsedTime(_last) >= s_interval;

    private void Line(FormattableString line) => output.WriteLine("lorabridge: " + line.ToString(CultureInfo.InvariantCulture));
}
