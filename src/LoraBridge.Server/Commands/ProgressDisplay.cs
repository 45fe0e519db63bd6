using Spectre.Console;

namespace LoraBridge.Server.Commands;

/// <summary>
/// Shows how far a piece of work is: as a bar with the time left on a terminal, as a line now and then elsewhere.
/// It may be reported to from any thread.
/// </summary>
internal sealed class ProgressDisplay(TextWriter error, bool isTerminal, TimeProvider time)
{
    /// <summary>How often a line is written where there is no terminal.</summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    /// <summary>A display on standard error, which leaves standard output to results.</summary>
    public static ProgressDisplay OnStandardError(TextWriter error) =>
        new(error, !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb"), TimeProvider.System);

    /// <summary>Runs titled work ("loading") that reports how much of it is done, 0 to 1; the bar ends with the work, also when it throws.</summary>
    /// <returns>What the work returns.</returns>
    public T Run<T>(string title, Func<IProgress<double>, T> work) => isTerminal ? RunWithBar(title, work) : work(new Lines(title, error, time));

    private T RunWithBar<T>(string title, Func<IProgress<double>, T> work)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(error),
            Ansi = AnsiSupport.Yes,
            Interactive = InteractionSupport.Yes,
        });
        return console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => work(new Bar(context.AddTask(Markup.Escape(title), maxValue: 1))));
    }

    private sealed class Bar(ProgressTask task) : IProgress<double>
    {
        public void Report(double value) => task.Value = value;
    }

    private sealed class Lines(string title, TextWriter error, TimeProvider time) : IProgress<double>
    {
        private readonly long _start = time.GetTimestamp();
        private readonly Lock _lock = new();
        private TimeSpan _last = -s_interval;
        private bool _done;

        public void Report(double value)
        {
            lock (_lock)
            {
                var elapsed = time.GetElapsedTime(_start);
                if (_done || (value < 1 && elapsed - _last < s_interval)) return;
                (_last, _done) = (elapsed, value >= 1);
                var left = value is >= 0.01 and < 1 ? $", {elapsed * ((1 - value) / value):h\\:mm\\:ss} left" : "";
                error.WriteLine(value >= 1 ? $"{title}: done in {elapsed.TotalSeconds:0.0} s" : $"{title}: {value:0%}{left}");
            }
        }
    }
}
