using LoraBridge.Tests.Checkpoints;
using LoraBridge.Training.Logging;

namespace LoraBridge.Tests.Training.Logging;

public sealed class RunLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestClock _clock = new();

    private string Path => _folder.File("train.log");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_Levels_AreLinesWithTheTime()
    {
        using var log = new RunLog(Path, _clock);
        log.Information("The run began.");
        _clock.Now += TimeSpan.FromSeconds(61);
        log.Warning("3 captions are cut.");
        log.Error("The disk is full:\r\n/out");

        // each line is there before the log is closed
        using var reader = new StreamReader(new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        Assert.Equal(
            "2026-03-04 05:06:07          The run began.\n" +
            "2026-03-04 05:07:08  WARN    3 captions are cut.\n" +
            "2026-03-04 05:07:08  ERROR   The disk is full:\n" +
            "                             /out\n",
            reader.ReadToEnd());
    }

    [Fact]
    public void Warning_Again_IsWrittenOnceAndCounted()
    {
        using (var log = new RunLog(Path, _clock))
        {
            for (var i = 0; i < 3; i++) log.Warning("The loss is NaN.");
            log.Warning("other");
            Assert.Equal([("The loss is NaN.", 3), ("other", 1)], log.Warnings);
            log.Summarize();
        }

        Assert.Equal(
            ["2026-03-04 05:06:07  WARN    The loss is NaN.", "2026-03-04 05:06:07  WARN    other", "2026-03-04 05:06:07          Warnings: 2",
             "                             The loss is NaN. (3 times)", "                             other"],
            File.ReadAllLines(Path));
    }

    [Fact]
    public void Summarize_NoWarnings_SaysSo()
    {
        using (var log = new RunLog(Path, _clock)) log.Summarize();

        Assert.EndsWith("No warnings.\n", File.ReadAllText(Path), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ExistingLog_GoesOn()
    {
        using (var log = new RunLog(Path, _clock)) log.Information("first");
        using (var log = new RunLog(Path, _clock)) log.Information("second");

        Assert.Equal(2, File.ReadAllLines(Path).Length);
    }
}
