using System.Text;
using LoraBridge.Files;
using LoraBridge.Server.Datasets;
using LoraBridge.Server.Errors;

namespace LoraBridge.Server.Tests.Datasets;

public sealed class CaptionJournalTests : IDisposable
{
    private static readonly string[] s_names = ["a.png", "b.png", "c.png"];

    private readonly string _home = Directory.CreateTempSubdirectory("journal-").FullName;
    private readonly Dataset _dataset;

    public CaptionJournalTests()
    {
        Directory.CreateDirectory(Dataset.OwnFolder(_home));
        foreach (var name in s_names) File.WriteAllBytes(Path.Combine(Dataset.OwnFolder(_home), name), [1]);
        _dataset = new("x", _home, new() { Name = "x", CreatedAt = DateTimeOffset.UnixEpoch });
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Opened_AfterAKillInAChange_FinishesIt(int done)
    {
        new CaptionJournal(_dataset).Do("write", Changes(null, "new"), DateTimeOffset.UnixEpoch);
        foreach (var name in s_names[done..]) File.Delete(CaptionOf(name));
        State(applied: 0, target: 1);

        var journal = new CaptionJournal(_dataset);

        Assert.Equal(["new", "new", "new"], Captions());
        Assert.Equal("write", Assert.Single(journal.Undoable).Description);
        Assert.Equal("{\"applied\":1}", Compact(File.ReadAllText(Path.Combine(_home, "history", "state.json"))));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    public void Opened_AfterAKillInAnUndo_FinishesIt(int done)
    {
        var journal = new CaptionJournal(_dataset);
        journal.Do("write", Changes(null, "old"), DateTimeOffset.UnixEpoch);
        journal.Do("change", Changes("old", "new"), DateTimeOffset.UnixEpoch);
        foreach (var name in s_names[..done]) AtomicFile.Write(CaptionOf(name), "old"u8);
        State(applied: 2, target: 1);

        var opened = new CaptionJournal(_dataset);

        Assert.Equal(["old", "old", "old"], Captions());
        Assert.Equal(("write", "change"), (Assert.Single(opened.Undoable).Description, Assert.Single(opened.Redoable).Description));
    }

    [Fact]
    public void Do_ManyTimes_ForgetsTheOldest()
    {
        var journal = new CaptionJournal(_dataset, most: 5);

        for (var i = 0; i < 8; i++) journal.Do($"{i}", [new("a.png", i == 0 ? null : $"{i - 1}", $"{i}")], DateTimeOffset.UnixEpoch);
        var reports = new List<EditReport>();
        for (var i = 0; i < 5; i++) reports.Add(journal.Undo());

        Assert.Equal(("3", false, true), (reports[^1].Description, reports[^1].CanUndo, reports[^1].CanRedo));
        Assert.Equal("2", Captions()[0]);
        Assert.Throws<RequestException>(journal.Undo);
    }

    [Fact]
    public void Undo_OfAPictureThatIsGone_SkipsIt()
    {
        var journal = new CaptionJournal(_dataset);
        journal.Do("write", Changes(null, "new"), DateTimeOffset.UnixEpoch);
        File.Delete(Path.Combine(_dataset.Folder, "b.png"));

        var report = journal.Undo();

        Assert.Equal((2, "b.png"), (report.Changed, Assert.Single(report.Skipped)));
        Assert.False(File.Exists(CaptionOf("a.png")));
        Assert.True(File.Exists(CaptionOf("b.png")));
    }

    [Fact]
    public void Do_WhereTheDataSetIsGone_BringsNothingBack()
    {
        var journal = new CaptionJournal(_dataset);
        Directory.Move(_home, _home + "-gone");

        Assert.Throws<RequestException>(() => journal.Do("write", Changes(null, "new"), DateTimeOffset.UnixEpoch));

        Assert.False(Directory.Exists(_home));
        Directory.Move(_home + "-gone", _home);
    }

    private static CaptionChange[] Changes(string? before, string after) => [.. s_names.Select(name => new CaptionChange(name, before, after))];

    private string CaptionOf(string name) => Path.Combine(_dataset.Folder, Path.ChangeExtension(name, ".txt"));

    private string[] Captions() => [.. s_names.Select(name => File.Exists(CaptionOf(name)) ? File.ReadAllText(CaptionOf(name)) : "none")];

    private void State(int applied, int target) =>
        AtomicFile.Write(Path.Combine(_home, "history", "state.json"), Encoding.UTF8.GetBytes($$"""{"applied":{{applied}},"target":{{target}}}"""));

    private static string Compact(string json) => string.Concat(json.Where(c => !char.IsWhiteSpace(c)));
}
