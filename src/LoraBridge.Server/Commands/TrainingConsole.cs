using LoraBridge.Training;
using LoraBridge.Training.Logging;
using System.Globalization;

namespace LoraBridge.Server.Commands;

/// <summary>Tells of a run: on a terminal a line with a bar that is written over again and again, elsewhere such a line every so many seconds; files and warnings at once.</summary>
/// <param name="output">Where it goes.</param>
/// <param name="time">The clock.</param>
/// <param name="terminalWidth">The terminal's columns; null for what is no terminal.</param>
internal sealed class TrainingConsole(TextWriter output, TimeProvider time, int? terminalWidth = null) : IProgress<TrainingEvent>
{
    private const string Name = "lorabridge: ";
    private const int LineWidth = 120;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5), s_terminalInterval = TimeSpan.FromSeconds(0.1);

    private readonly Lock _lock = new();
    private long _last = long.MinValue;
    private string _stage = "";
    private bool _isOpen;

    /// <summary>A display on standard error, which leaves standard output to results.</summary>
    public static TrainingConsole OnStandardError(TextWriter error) =>
        new(error, TimeProvider.System, Console.IsErrorRedirected || Environment.GetEnvironmentVariable("TERM") is null or "dumb" ? null : Math.Max(40, Console.WindowWidth - 1));

    /// <inheritdoc/>
    public void Report(TrainingEvent value)
    {
        // pictures are read by several threads
        lock (_lock) Show(value);
    }

    /// <summary>Ends the line that is being written over.</summary>
    public void Close()
    {
        lock (_lock)
        {
            if (_isOpen) output.WriteLine();
            _isOpen = false;
        }
    }

    private void Show(TrainingEvent value)
    {
        switch (value)
        {
            case TrainingStage stage when stage.Name != _stage || stage.Fraction >= 1 || IsDue():
                if (stage.Name != _stage) Close();
                _stage = stage.Name;
                Bar(ProgressText.Bar(stage, Width), isEnd: stage.Fraction >= 1);
                break;
            case TrainingStepDone done when done.Step == done.Steps || _stage.Length > 0 || IsDue():     // the first step at once
                _stage = "";
                Bar(ProgressText.Bar(done, Width), isEnd: done.Step == done.Steps);
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

    private int Width => (terminalWidth ?? LineWidth) - Name.Length;

    private bool IsDue() => _last == long.MinValue || time.GetElapsedTime(_last) >= (terminalWidth is null ? s_interval : s_terminalInterval);

    private void Bar(string line, bool isEnd)
    {
        _last = time.GetTimestamp();
        if (terminalWidth is not { } width)
        {
            output.WriteLine(Name + line);
            return;
        }
        output.Write($"\r{(Name + line).PadRight(width)}");
        _isOpen = true;
        if (isEnd) Close();
    }

    private void Line(FormattableString line)
    {
        Close();
        output.WriteLine(Name + line.ToString(CultureInfo.InvariantCulture));
    }
}
