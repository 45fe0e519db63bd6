using LoraBridge.Server.Commands;
using LoraBridge.Training;

namespace LoraBridge.Server.Tests.Commands;

public sealed class TrainingConsoleTests : IDisposable
{
    private readonly StringWriter _output = new() { NewLine = "\n" };
    private readonly Clock _clock = new();

    public void Dispose() => _output.Dispose();

    [Fact]
    public void Report_WithoutATerminal_WritesALineEveryFiveSecondsAndTheLast()
    {
        var console = new TrainingConsole(_output, _clock);
        for (var step = 1; step <= 10; step++)
        {
            console.Report(Step(step));
            _clock.Seconds += 2;
        }
        Assert.Equal([1, 4, 7, 10], _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => int.Parse(line.Split('|')[2].Split('/')[0], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.DoesNotContain('\r', _output.ToString());
    }

    [Fact]
    public void Report_AStep_HasBarLossRateSpeedTimeAndMemory()
    {
        new TrainingConsole(_output, _clock).Report(Step(5));
        Assert.Matches(@"^lorabridge:  50% \|█+ +\|  5/10 loss 0\.1235 lr 2e-4 1\.50 pictures/s 1:05 left 2\.0 GB epoch 1/2\n$", _output.ToString());
    }

    [Fact]
    public void Report_OnATerminal_WritesOverTheLineAndEndsItForWords()
    {
        var console = new TrainingConsole(_output, _clock, terminalWidth: 100);
        console.Report(new TrainingStage("loading the model", 0.5));
        console.Report(new TrainingStage("loading the model", 1));
        console.Report(Step(1));
        console.Report(new TrainingWarning("something"));
        console.Report(Step(2));                                                // too soon
        _clock.Seconds += 1;
        console.Report(Step(3));
        console.Close();
        var parts = _output.ToString().Split('\r', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, parts.Length);
        Assert.All(parts, part => Assert.Equal(100, part.Split('\n')[0].Length));
        Assert.EndsWith("\n", parts[1], StringComparison.Ordinal);
        Assert.EndsWith("\nlorabridge: warning: something\n", parts[2], StringComparison.Ordinal);
        Assert.Contains(" 3/10", parts[3], StringComparison.Ordinal);
        Assert.EndsWith("\n", parts[3], StringComparison.Ordinal);
    }

    private static TrainingStepDone Step(int step) => new(step, 10, 1, 2, 0.2, 0.12345, 2e-4, 1.5, TimeSpan.FromSeconds(65), 2L << 30);

    private sealed class Clock : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
