namespace LoraBridge.Server.Tests;

public sealed class DataSweepTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sweep-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Sweep_RemovesWhatWasLeftBeforeTheStart_AndNothingElse()
    {
        string[] gone = [$"datasets/cat/pictures/.{Guid.NewGuid():N}.tmp", $".{Guid.NewGuid():N}.tmp", "cache/uploads/a.zip"];
        string[] kept = ["datasets/cat/pictures/.mine.tmp", "jobs/x/a.tmp", "cache/a.zip", ".tmp"];
        var young = $"jobs/.{Guid.NewGuid():N}.tmp";
        foreach (var name in gone.Concat(kept)) Write(name, -1);
        Write(young, 1);
        Assert.Equal(3, DataSweep.Sweep(_folder, DateTime.UtcNow, default));
        Assert.Equal(kept.Append(young).Order(StringComparer.Ordinal), Directory.EnumerateFiles(_folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }).Select(file => Path.GetRelativePath(_folder, file)).Order(StringComparer.Ordinal));
        Assert.Equal(0, DataSweep.Sweep(Path.Combine(_folder, "nowhere"), DateTime.UtcNow, default));
    }

    private void Write(string name, int hours)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "x");
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(hours));
    }
}
