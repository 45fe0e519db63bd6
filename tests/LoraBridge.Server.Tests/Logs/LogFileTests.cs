using System.Text.Json;
using LoraBridge.Server.Logs;

namespace LoraBridge.Server.Tests.Logs;

public sealed class LogFileTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose()
    {
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Add_MoreThanAFileHolds_KeepsTheLastFilesInOrder()
    {
        await using (var file = new LogFile(_folder, mostBytes: 2000, files: 3))
        {
            file.Begin();
            for (var i = 1; i <= 60; i++) file.Add(Entry(i));
        }

        var names = new[] { "lorabridge.2.log", "lorabridge.1.log", "lorabridge.log" };
        Assert.Equal(names.Order(StringComparer.Ordinal), Directory.EnumerateFiles(_folder).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
        var numbers = names.SelectMany(name => File.ReadLines(Path.Combine(_folder, name))).Select(line => JsonSerializer.Deserialize<JsonElement>(line).GetProperty("number").GetInt64()).ToList();
        Assert.Equal(Enumerable.Range((int)numbers[0], numbers.Count).Select(number => (long)number), numbers);
        Assert.Equal(60, numbers[^1]);
        Assert.All(names, name => Assert.InRange(new FileInfo(Path.Combine(_folder, name)).Length, 1, 2000));
    }

    [Fact]
    public async Task Add_AfterAKilledServer_BeginsALineOfItsOwn()
    {
        Directory.CreateDirectory(_folder);
        await File.WriteAllTextAsync(Path.Combine(_folder, "lorabridge.log"), "{\"number\":1,\"mess");
        await using (var file = new LogFile(_folder))
        {
            file.Begin();
            file.Add(Entry(2));
        }

        var lines = await File.ReadAllLinesAsync(Path.Combine(_folder, "lorabridge.log"));
        Assert.Equal(2, lines.Length);
        Assert.Equal(2, JsonSerializer.Deserialize<JsonElement>(lines[1]).GetProperty("number").GetInt64());
    }

    [Fact]
    public async Task Add_WhereTheFolderIsAFile_LosesTheEntriesAndNothingElse()
    {
        await File.WriteAllTextAsync(_folder, "in the way");
        var file = new LogFile(_folder);
        file.Begin();
        file.Add(Entry(1));
        file.Add(Entry(2));
        await file.DisposeAsync();

        Assert.Equal(2, file.Dropped);
        File.Delete(_folder);
    }

    [Fact]
    public async Task WithoutABeginning_NothingIsWritten()
    {
        await using (var file = new LogFile(_folder)) file.Add(Entry(1));

        Assert.False(Directory.Exists(_folder));
    }

    private static LogEntry Entry(long number) => new(number, DateTimeOffset.UnixEpoch, "information", "Test", new string('x', 100) + "\nin \"two\" lines");
}
