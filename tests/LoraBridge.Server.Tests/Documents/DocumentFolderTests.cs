using System.Text.RegularExpressions;
using LoraBridge.Server.Documents;
using LoraBridge.Server.Errors;

namespace LoraBridge.Server.Tests.Documents;

public sealed class DocumentFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("documents-").FullName;
    private readonly DocumentFolder<string> _documents;

    public DocumentFolderTests() => _documents = Open(most: 3);

    private string Inner => Path.Combine(_folder, "inner");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Replace_OfTheVersionThatWasRead_CountsUpAndOfAnotherIsRefused()
    {
        var first = _documents.Add("a", "one");
        var second = _documents.Replace("a", "two", WantedVersion.Read("\"1\"", null));

        Assert.Equal((1, 2), (first.Version, second.Version));
        Assert.Equal(412, Refused(() => _documents.Replace("a", "three", WantedVersion.Read("\"1\"", null))).Status);
        Assert.Equal(412, Refused(() => _documents.Replace("a", "three", WantedVersion.Read(null, 1))).Status);
        Assert.Equal(428, Refused(() => _documents.Replace("a", "three", WantedVersion.Read(null, null))).Status);
        Assert.Equal(412, Refused(() => _documents.Delete("a", new(1, true))).Status);
        Assert.Equal("two", _documents.Find("a").Value);
        Assert.Equal(3, _documents.Replace("a", "three", WantedVersion.Any).Version);
        Assert.Equal(first.CreatedAt, _documents.Find("a").CreatedAt);
    }

    [Theory]
    [InlineData("3")]
    [InlineData("W/\"3\"")]
    [InlineData("\"three\"")]
    [InlineData("\"-3\"")]
    public void WantedVersion_ThatIsNone_IsRefused(string header) => Assert.Equal(400, Refused(() => WantedVersion.Read(header, null)).Status);

    [Theory]
    [InlineData("../a")]
    [InlineData("a/../b")]
    [InlineData("b.json/../../secret")]
    [InlineData("")]
    [InlineData("con")]
    [InlineData("A")]
    public void Ids_ThatAreNone_NameNothing(string id)
    {
        File.WriteAllText(Path.Combine(_folder, "secret.json"), "{}");

        Assert.Equal(404, Refused(() => _documents.Find(id)).Status);
        Assert.Equal(404, Refused(() => _documents.Delete(id, WantedVersion.Any)).Status);
        Assert.Equal(422, Refused(() => _documents.Put(id, "x", WantedVersion.Any)).Status);
        Assert.Equal(["secret.json"], Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories).Select(Path.GetFileName));
    }

    [Fact]
    public void List_WithFilesThatCannotBeRead_TellsThemAndShowsTheOthers()
    {
        _documents.Add("a", "one");
        File.WriteAllText(Path.Combine(Inner, "b.json"), "{");
        File.WriteAllText(Path.Combine(Inner, "c.json"), """{"id":"c","version":1,"createdAt":"2026-01-01T00:00:00Z","updatedAt":"2026-01-01T00:00:00Z","value":null}""");
        File.WriteAllText(Path.Combine(Inner, "NOT AN ID.json"), "{");

        var list = _documents.List();

        Assert.Equal("one", Assert.Single(list.All).Value);
        Assert.Equal(2, list.Problems.Count);
        Assert.Contains("b.json", list.Problems[0] + list.Problems[1], StringComparison.Ordinal);
        Assert.Equal(409, Refused(() => _documents.Find("b")).Status);
        Assert.Equal("two", _documents.Put("b", "two", WantedVersion.Any).Value);
    }

    [Fact]
    public void Add_BeyondTheMost_IsRefusedAndDeletingMakesRoom()
    {
        foreach (var id in new[] { "a", "b", "c" }) _documents.Add(id, id);

        Assert.Equal(409, Refused(() => _documents.Add("d", "d")).Status);
        Assert.Equal(409, Refused(() => _documents.Put("d", "d", WantedVersion.Any)).Status);
        _documents.Delete("a", WantedVersion.Any);
        Assert.Equal("d", _documents.Add("d", "d").Value);
    }

    [Fact]
    public async Task Put_FromManyThreads_LosesNoChange()
    {
        _documents.Put("a", "", WantedVersion.Any);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
        {
            for (var done = 0; done < 5;)
            {
                var before = _documents.Find("a");
                try
                {
                    _documents.Put("a", before.Value + (char)('a' + i), new(before.Version, true));
                    done++;
                }
                catch (RequestException late) when (late.Status == 412)
                {
                    // another one was faster
                }
            }
        })));

        var after = _documents.Find("a");
        Assert.Equal((41, 40), (after.Version, after.Value.Length));
        Assert.All(Enumerable.Range(0, 8), i => Assert.Equal(5, after.Value.Count(letter => letter == 'a' + i)));
    }

    [Fact]
    public void Sweep_OfAKilledServersFolder_RemovesWhatIsHalf()
    {
        _documents.Add("a", "one");
        File.WriteAllText(Path.Combine(Inner, $".{Guid.NewGuid():N}.tmp"), "{");
        File.WriteAllText(Path.Combine(Inner, ".mine.tmp"), "a user's");

        _documents.Sweep();
        Open(3).Sweep();

        Assert.Equal([".mine.tmp", "a.json"], Directory.EnumerateFiles(Inner).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
        Assert.Equal("one", Open(3).Find("a").Value);
    }

    private static RequestException Refused(Action action) => Assert.Throws<RequestException>(action);

    private DocumentFolder<string> Open(int most) => new(Inner, new Regex(@"^[a-z][a-z.]*\z"), "thing", most, TimeProvider.System);
}
