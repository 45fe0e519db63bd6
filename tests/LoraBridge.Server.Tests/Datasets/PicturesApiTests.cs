using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using LoraBridge.Imaging;
using LoraBridge.Server.Datasets;
using LoraBridge.Server.Tests.Launcher;

namespace LoraBridge.Server.Tests.Datasets;

public sealed class PicturesApiTests(SharedDatasets shared) : IClassFixture<SharedDatasets>
{
    private const string Root = DatasetServer.Root;

    private static readonly byte[] s_png = DatasetServer.Png(1);

    [Fact]
    public async Task Upload_OfManyKinds_SaysWhatBecameOfEach()
    {
        var server = shared.Server;
        var id = await server.CreateAsync("Cat");
        var other = DatasetServer.Png(2);

        var report = await server.UploadAsync(id,
        [
            ("folder/a.txt", "a cat"u8.ToArray()), ("folder/a.png", s_png), ("copy.png", s_png), ("a.jpg", other), ("text.png", "no picture"u8.ToArray()),
            ("cut.png", s_png[..^40]), ("notes.doc", [1, 2, 3]), ("stray.txt", "x"u8.ToArray()), ("empty.png", []),
        ]);

        Assert.Equal(
            ["caption a.png", "taken a.png", "duplicate ", "taken a-2.png", "refused ", "refused ", "refused ", "refused ", "refused "],
            report.GetProperty("files").EnumerateArray().Select(file => $"{file.GetProperty("outcome").GetString()} {Text(file, "savedAs")}"));
        Assert.Equal("a.png", report.GetProperty("files")[2].GetProperty("duplicateOf").GetString());
        Assert.All(report.GetProperty("files").EnumerateArray().Where(file => Text(file, "outcome") == "refused"), file => Assert.True(Text(file, "reason").Length > 0 && Text(file, "cure").Length > 0));
        Assert.Equal((2, 1, 1, 5), (report.GetProperty("taken").GetInt32(), report.GetProperty("captions").GetInt32(), report.GetProperty("duplicates").GetInt32(), report.GetProperty("refused").GetInt32()));
        Assert.Equal(["a-2.png", "a.png", "a.txt"], Directory.EnumerateFiles(server.Pictures(id)).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(other, File.ReadAllBytes(Path.Combine(server.Pictures(id), "a-2.png")));
    }

    [Theory]
    [InlineData("../evil.png")]
    [InlineData("..\\evil.png")]
    [InlineData("a/../../evil.png")]
    [InlineData("/etc/evil.png")]
    [InlineData("C:\\evil.png")]
    [InlineData("\\\\host\\evil.png")]
    [InlineData("evil.png:stream.png")]
    [InlineData("e\0vil.png")]
    [InlineData("e\nvil.png")]
    [InlineData("CON.png")]
    [InlineData("aux.tar.png")]
    [InlineData("com¹.png")]
    [InlineData("LPT9 .png")]
    [InlineData("evil\u202Egnp.png")]
    [InlineData("e\u200Bvil.png")]
    [InlineData("..／evil.png")]
    [InlineData("a＼evil.png")]
    [InlineData("․evil.png")]
    [InlineData(".evil.png")]
    [InlineData(" evil.png")]
    [InlineData("evil.png ")]
    [InlineData("evil.png.")]
    [InlineData("")]
    [InlineData("folder/")]
    [InlineData("ev?il.png")]
    public async Task Upload_OfANameThatIsNone_IsRefusedAndWritesNothing(string name)
    {
        var server = shared.Server;
        var id = await server.CreateAsync("Cat");

        var plain = await server.UploadAsync(id, [("ok.png", DatasetServer.Png(9)), (name, s_png)]);
        var zipped = await server.UploadAsync(id, [("all.zip", Zip((name.Length == 0 || name[^1] == '/' ? "." : name, s_png)))]);

        Assert.Equal("refused", plain.GetProperty("files")[1].GetProperty("outcome").GetString());
        Assert.Equal(0, zipped.TryGetProperty("taken", out var taken) ? taken.GetInt32() : -1);
        Assert.Equal(["ok.png"], Directory.EnumerateFiles(server.Pictures(id)).Select(Path.GetFileName));
        Assert.Empty(Directory.EnumerateFiles(server.Data, "*evil*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Upload_OfAnArchive_TakesPicturesWithTheirCaptions()
    {
        var server = shared.Server;
        var id = await server.CreateAsync("Cat");
        var zip = Zip(("one/a.png", s_png), ("one/a.txt", "first"u8.ToArray()), ("two/a.png", DatasetServer.Png(2)), ("two/a.txt", Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("zweite ä")).ToArray()), ("__MACOSX/._a.png", [1]));

        var report = await server.UploadAsync(id, [("all.zip", zip)]);

        Assert.Equal((2, 2, 0), (report.GetProperty("taken").GetInt32(), report.GetProperty("captions").GetInt32(), report.GetProperty("refused").GetInt32()));
        Assert.Equal(new Dictionary<string, string?> { ["a.png"] = "first", ["a-2.png"] = "zweite ä" }, await server.CaptionsAsync(id));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(server.Data, "cache", "uploads")));
    }

    [Fact]
    public async Task Upload_OfBombsAndBrokenArchives_IsRefused()
    {
        await using var server = await DatasetServer.StartAsync(new DatasetSettings { MaxPictureBytes = 3 << 20, MaxUploadFiles = 5 });
        var id = await server.CreateAsync("Cat");
        var huge = new byte[8 << 20];
        var cut = Zip(("a.png", s_png));

        foreach (var (bytes, reason) in new[]
        {
            (Zip(("bomb.png", new byte[2 << 20])), "200 times"), (Zip(("huge.png", huge)), "times"), (Zip([.. Enumerable.Range(0, 6).Select(i => ($"{i}.png", s_png))]), "6 files"),
            (cut[..^30], "no zip"), ("PK"u8.ToArray(), "no zip"), ([], "no zip"), (Damaged(cut), ""), (Zip(), "no files"),
        })
        {
            var report = await server.UploadAsync(id, [("all.zip", bytes)]);
            Assert.Equal(0, report.GetProperty("taken").GetInt32());
            Assert.Contains(reason, Text(report.GetProperty("files")[0], "reason"), StringComparison.Ordinal);
        }
        Assert.Empty(Directory.EnumerateFiles(server.Pictures(id)));
    }

    [Fact]
    public async Task Upload_PastItsLimits_TakesWhatFits()
    {
        await using var server = await DatasetServer.StartAsync(new DatasetSettings { MaxPictureBytes = 5000, MaxPictures = 2, MaxPixels = 32 * 24 });
        var id = await server.CreateAsync("Cat");

        var report = await server.UploadAsync(id, [("long.png", DatasetServer.Png(1, 64, 64)), ("wide.png", PictureFile.Encode(new Picture(33, 24, 3))), .. Enumerable.Range(2, 3).Select(i => ($"{i}.png", DatasetServer.Png((byte)i)))]);

        Assert.Equal(["refused", "refused", "taken", "taken", "refused"], report.GetProperty("files").EnumerateArray().Select(file => Text(file, "outcome")));
    }

    [Fact]
    public async Task Upload_OfEveryOddPicture_TakesOnlyWhatEverythingElseCanRead()
    {
        var server = shared.Server;
        var id = await server.CreateAsync("Odd");
        var files = Directory.GetFiles(Path.Combine(LauncherScript.Root, "tests", "Fixtures", "pictures"));

        var report = await server.UploadAsync(id, [.. files.Select(file => (Path.GetFileName(file), File.ReadAllBytes(file)))]);
        var pictures = (await server.GetAsync($"{Root}/{id}/pictures?limit=500")).GetProperty("pictures").EnumerateArray().ToList();
        await server.PostAsync($"{Root}/{id}/doctor", new { });

        Assert.Equal(files.Length, report.GetProperty("files").GetArrayLength());
        Assert.True(pictures.Count > 20, $"{pictures.Count} were taken");
        foreach (var picture in pictures)
        {
            Assert.False(picture.TryGetProperty("problem", out _));
            using var small = await server.Http.GetAsync(new Uri(Text(picture, "thumbnail"), UriKind.Relative));
            Assert.True(small.IsSuccessStatusCode, Text(picture, "name"));
        }
    }

    [Fact]
    public async Task Upload_OfSeveralAtOnce_GivesEachItsOwnNameAndCaption()
    {
        var server = shared.Server;
        var id = await server.CreateAsync("Cat");

        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => server.UploadAsync(id, [("a.png", DatasetServer.Png((byte)i)), ("a.txt", Encoding.UTF8.GetBytes($"number {i}"))])));

        var captions = await server.CaptionsAsync(id);
        Assert.Equal(6, captions.Count);
        foreach (var (name, caption) in captions)
            Assert.Equal(DatasetServer.Png(byte.Parse(caption!["number ".Length..])), File.ReadAllBytes(Path.Combine(server.Pictures(id), name)));
    }

    [Fact]
    public async Task Upload_OfMoreBytesThanAreTaken_SaysSo()
    {
        await using var server = await DatasetServer.StartAsync(new DatasetSettings { MaxUploadBytes = 4000 });
        var id = await server.CreateAsync("Cat");

        var problem = await server.UploadAsync(id, [("a.png", DatasetServer.Png(1, 64, 64))], HttpStatusCode.RequestEntityTooLarge);

        Assert.Equal("body", Text(problem, "field"));
        Assert.Empty(Directory.EnumerateFiles(server.Pictures(id)));
    }

    [Theory]
    [InlineData("application/json", "{}", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("multipart/form-data", "x", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nno header", HttpStatusCode.BadRequest)]
    [InlineData("multipart/form-data; boundary=b", "", HttpStatusCode.BadRequest)]
    [InlineData("multipart/form-data; boundary=b", "--b--\r\n", HttpStatusCode.UnprocessableEntity)]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n--b--\r\n", HttpStatusCode.UnprocessableEntity)]
    public async Task Upload_OfNoForm_IsRefused(string type, string body, HttpStatusCode status)
    {
        var server = shared.Server;
        var id = await server.CreateAsync("Cat");
        using var content = new ByteArrayContent(Encoding.ASCII.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);

        using var answer = await server.Http.PostAsync(new Uri($"{Root}/{id}/pictures", UriKind.Relative), content);

        Assert.Equal((status, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
    }

    [Fact]
    public async Task Import_OfAnAllowedFolder_CopiesPicturesAndCaptions()
    {
        var server = shared.Server;
        var id = await server.CreateAsync("Cat");
        File.WriteAllBytes(Path.Combine(server.Allowed, "a.png"), s_png);
        File.WriteAllText(Path.Combine(server.Allowed, "a.caption"), "a cat");

        var report = await server.PostAsync($"{Root}/{id}/pictures/import", new { folder = server.Allowed });
        var refused = await server.PostAsync($"{Root}/{id}/pictures/import", new { folder = server.Data }, HttpStatusCode.Forbidden);

        Assert.Equal((1, 1), (report.GetProperty("taken").GetInt32(), report.GetProperty("captions").GetInt32()));
        Assert.Equal("a cat", (await server.CaptionsAsync(id))["a.png"]);
        Assert.Equal("folder", refused.GetProperty("field").GetString());
        Assert.True(File.Exists(Path.Combine(server.Allowed, "a.png")));
    }

    [Fact]
    public async Task List_ByPagesAndWords_IsInNaturalOrder()
    {
        var server = shared.Server;
        var id = await server.CreateAsync("Cat", ("a10.png", "red"), ("a2.png", "Blue, cat"), ("b.png", null));

        var page = await server.GetAsync($"{Root}/{id}/pictures?offset=1&limit=1");
        var found = await server.GetAsync($"{Root}/{id}/pictures?search=blue");

        Assert.Equal((3, "a10.png"), (page.GetProperty("total").GetInt32(), page.GetProperty("pictures")[0].GetProperty("name").GetString()));
        Assert.Equal((1, "a2.png", 32, 24), (found.GetProperty("total").GetInt32(), Text(found.GetProperty("pictures")[0], "name"), found.GetProperty("pictures")[0].GetProperty("width").GetInt32(), found.GetProperty("pictures")[0].GetProperty("height").GetInt32()));
        Assert.Equal(["Blue", "cat"], found.GetProperty("pictures")[0].GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()));
        Assert.Equal("limit", Text(await server.GetAsync($"{Root}/{id}/pictures?limit=many", HttpStatusCode.BadRequest), "field"));
        Assert.Equal("limit", Text(await server.GetAsync($"{Root}/{id}/pictures?limit=0", HttpStatusCode.UnprocessableEntity), "field"));
        Assert.Equal("offset", Text(await server.GetAsync($"{Root}/{id}/pictures?offset=-1", HttpStatusCode.UnprocessableEntity), "field"));
    }

    [Fact]
    public async Task Thumbnail_WithItsTag_IsSentOnce()
    {
        var server = shared.Server;
        var id = await server.CreateAsync("Cat");
        await server.UploadAsync(id, [("wide # 1.png", DatasetServer.Png(3, 600, 300))]);
        var address = (await server.GetAsync($"{Root}/{id}/pictures")).GetProperty("pictures")[0].GetProperty("thumbnail").GetString()!;

        using var first = await server.Http.GetAsync(new Uri(address + "?size=128", UriKind.Relative));
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address + "?size=128", UriKind.Relative)) { Headers = { IfNoneMatch = { first.Headers.ETag! } } };
        using var second = await server.Http.SendAsync(request);
        await server.GetAsync(address + "?size=100", HttpStatusCode.UnprocessableEntity);

        var small = PictureFile.Read(await first.Content.ReadAsByteArrayAsync());
        Assert.Equal((128, 64), (small.Width, small.Height));
        Assert.Equal((HttpStatusCode.NotModified, 0), (second.StatusCode, (await second.Content.ReadAsByteArrayAsync()).Length));
    }

    [Theory]
    [InlineData("gone.png")]
    [InlineData("..%2F..%2Fdataset.json")]
    [InlineData("../../dataset.json")]
    [InlineData("A.PNG")]
    [InlineData("a.txt")]
    [InlineData("a.png%00")]
    [InlineData("%2Fetc%2Fpasswd")]
    public async Task Picture_OfANameThatIsNotListed_IsNotFound(string name)
    {
        var server = shared.Server;
        var id = await server.CreateAsync("Cat", ("a.png", "x"));

        foreach (var kind in new[] { "pictures", "thumbnails", "captions" })
        {
            var address = new Uri($"{server.Address}lorabridge/v1/datasets/{id}/{kind}/{name}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
            using var answer = await server.Http.GetAsync(address);
            Assert.True(answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest, $"{kind}: {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task Picture_Removed_TakesItsCaptionWithIt()
    {
        var server = shared.Server;
        var id = await server.CreateAsync("Cat", ("a.png", "x"), ("b.png", "y"));

        var sent = await server.Http.GetByteArrayAsync(new Uri($"{Root}/{id}/pictures/b.png", UriKind.Relative));
        await server.SendAsync(HttpMethod.Delete, $"{Root}/{id}/pictures/a.png", null, HttpStatusCode.NoContent);

        Assert.Equal(DatasetServer.Png(41), sent);
        Assert.Equal(["b.png", "b.txt"], Directory.EnumerateFiles(server.Pictures(id)).Select(Path.GetFileName).Order());
    }

    private static byte[] Damaged(byte[] zip)
    {
        var bytes = (byte[])zip.Clone();
        for (var i = 60; i < 90; i++) bytes[i] ^= 0x5a;
        return bytes;
    }

    private static byte[] Zip(params (string Name, byte[] Bytes)[] files)
    {
        using var memory = new MemoryStream();
        using (var archive = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, bytes) in files)
            {
                using var stream = archive.CreateEntry(name).Open();
                stream.Write(bytes);
            }
        }
        return memory.ToArray();
    }

    private static string Text(JsonElement of, string name) => of.TryGetProperty(name, out var text) ? text.GetString()! : "";
}
