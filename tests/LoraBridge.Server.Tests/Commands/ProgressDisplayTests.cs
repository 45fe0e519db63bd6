using LoraBridge.Server.Commands;

namespace LoraBridge.Server.Tests.Commands;

public sealed class ProgressDisplayTests : IDisposable
{
    private readonly StringWriter _error = new();
    private readonly Clock _clock = new();

    public void Dispose() => _error.Dispose();

    [Fact]
    public void Run_WithoutATerminal_WritesALineEveryTenSecondsAndOneAtTheEnd()
    {
        var display = new ProgressDisplay(_error, isTerminal: false, _clock);

        var result = display.Run("sampling", progress =>
        {
            for (var step = 0; step <= 8; step++)
            {
                progress.Report(step / 8.0);
                _clock.Seconds += 5;
            }
            return "done";
        });

        Assert.Equal("done", result);
        Assert.Equal(
            "sampling: 0%\nsampling: 25%, 0:00:30 left\nsampling: 50%, 0:00:20 left\nsampling: 75%, 0:00:10 left\nsampling: done in 40.0 s\n",
            _error.ToString());
    }

    [Fact]
    public void Run_OnATerminal_DrawsABarWithTheTitle()
    {
        var display = new ProgressDisplay(_error, isTerminal: true, TimeProvider.System);

        display.Run("loading [1]", progress =>
        {
            progress.Report(1);
            return 0;
        });

        Assert.Contains("loading [1]", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("100%", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Run_WorkThatThrows_PassesItsExceptionOn(bool isTerminal)
    {
        var display = new ProgressDisplay(_error, isTerminal, TimeProvider.System);

        Assert.Throws<OperationCanceledException>(() => display.Run<int>("sampling", _ => throw new OperationCanceledException()));
    }

    private sealed class Clock : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
