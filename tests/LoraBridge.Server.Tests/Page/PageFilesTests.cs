using System.Text;
using LoraBridge.Server.Datasets;
using LoraBridge.Server.Page;

namespace LoraBridge.Server.Tests.Page;

public sealed class PageFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("page-files-").FullName;
    private readonly ContentHashes _hashes = new();

    [Fact]
    public void Index_NamesItsParts_BelowTheirVersion()
    {
        Write("index.html", "<script src=\"app.mjs\"></script><a href=\"elsewhere\"></a>");
        Write("app.mjs", "1");
        var files = Files();
        var (before, version) = (Index(files), Index(files)[13..29]);

        Assert.Equal($"<script src=\"{version}/app.mjs\"></script><a href=\"elsewhere\"></a>", before);
        Assert.True(files.Are(version, _hashes));
        Assert.True(Files().Are(version, _hashes));                             // a server that was started anew
    }

    [Fact]
    public void Version_IsAnother_OnceAFileIs()
    {
        Write("index.html", "<script src=\"lib/a.mjs\">");
        Write("lib/a.mjs", "1");
        Write("lib/notes.md", "1");
        var files = Files();
        var before = Index(files)[13..29];
        Write("lib/notes.md", "22");
        Assert.Equal(before, Index(files)[13..29]);
        Write("lib/a.mjs", "22");
        Assert.NotEqual(before, Index(files)[13..29]);
        Assert.False(files.Are(before, _hashes));
    }

    [Fact]
    public void Paths_WithoutAFolder_AreNone() => Assert.Empty(new PageFiles(Path.Combine(_folder, "nothing"), new HashSet<string> { ".mjs" }).Paths);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private PageFiles Files() => new(_folder, new HashSet<string> { ".html", ".mjs" });

    private string Index(PageFiles files) => Encoding.UTF8.GetString(files.Index(_hashes));

    private void Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
