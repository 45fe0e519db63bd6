using System.Net;
using LoraBridge.Imaging;

namespace LoraBridge.Server.Tests.Datasets;

public sealed class DoctorApiTests(SharedDatasets shared) : IClassFixture<SharedDatasets>
{
    private const string Root = DatasetServer.Root;

    [Fact]
    public async Task Examine_OfATurnedAndADoublePicture_OffersCures()
    {
        var server = shared.Server;
        var id = await server.CreateAsync("Cat", ("a.png", "x"), ("b.png", null));
        foreach (var caption in new[] { "c.txt", "turned.txt" }) File.WriteAllText(Path.Combine(server.Pictures(id), caption), "z");
        File.Copy(Path.Combine(server.Pictures(id), "a.png"), Path.Combine(server.Pictures(id), "c.png"));
        File.WriteAllBytes(Path.Combine(server.Pictures(id), "turned.jpg"), Turned());

        var report = await server.PostAsync($"{Root}/{id}/doctor", new { });
        var findings = report.GetProperty("findings").EnumerateArray().ToList();
        var twin = findings.Single(finding => finding.GetProperty("kind").GetString() == "exactDuplicate");
        var rotated = findings.Single(finding => finding.GetProperty("kind").GetString() == "rotated");

        Assert.Equal(3, report.GetProperty("pictures").GetInt32());
        Assert.Equal(("c.png", "a.png", "remove"), (twin.GetProperty("picture").GetString(), twin.GetProperty("others")[0].GetString(), twin.GetProperty("cures")[0].GetString()));
        Assert.Equal(("turned.jpg", "turnUpright"), (rotated.GetProperty("picture").GetString(), rotated.GetProperty("cures")[0].GetString()));
        Assert.False(report.GetProperty("canStart").GetBoolean());
        // a picture without a caption is examined too: b is far smaller than is trained
        Assert.Contains(findings, finding => finding.GetProperty("kind").GetString() == "small" && finding.GetProperty("picture").GetString() == "b.png");
        Assert.Equal("resolution", (await server.PostAsync($"{Root}/{id}/doctor", new { resolution = 1 }, HttpStatusCode.UnprocessableEntity)).GetProperty("field").GetString());
    }

    [Fact]
    public async Task Cure_OfEachKind_DoesThatAndKeepsTheFile()
    {
        var server = shared.Server;
        var id = await server.CreateAsync("Cat", ("a.png", "x"));
        var folder = server.Pictures(id);
        File.WriteAllBytes(Path.Combine(folder, "turned.jpg"), Turned());
        File.WriteAllBytes(Path.Combine(folder, "clear.png"), PictureFile.Encode(new Picture(8, 8, 4)));
        File.WriteAllBytes(Path.Combine(folder, "odd.webp"), DatasetServer.Png(7, channels: 4));
        File.WriteAllBytes(Path.Combine(folder, "odd.txt"), [0xff, 0xfe, (byte)'h', 0]);

        await CureAsync("turnUpright", "turned.jpg", "turned.jpg");
        await CureAsync("flatten", "clear.png", "clear.png");
        await CureAsync("saveCaption", "odd.webp", "odd.webp");
        await CureAsync("convert", "odd.webp", "odd.png");
        await CureAsync("remove", "a.png", null);

        var upright = PictureFile.Probe(Path.Combine(folder, "turned.jpg"));
        Assert.Equal((1, 24, 32), (upright.Orientation, upright.Width, upright.Height));
        Assert.All(PictureFile.Read(Path.Combine(folder, "clear.png")).Pixels, value => Assert.Equal(255, value));
        Assert.Equal(3, PictureFile.Probe(Path.Combine(folder, "odd.png")).Channels);
        Assert.Equal("h"u8.ToArray(), File.ReadAllBytes(Path.Combine(folder, "odd.txt")));
        Assert.Equal(["clear.png", "odd.png", "odd.txt", "turned.jpg"], Directory.EnumerateFiles(folder).Select(Path.GetFileName).Order());
        Assert.Equal(4, Directory.GetFiles(Path.Combine(server.Data, "datasets", id, "removed")).Length);

        async Task CureAsync(string apply, string picture, string? now)
        {
            var report = await server.PostAsync($"{Root}/{id}/doctor/cure", new { apply, picture });
            Assert.Equal(now, report.TryGetProperty("now", out var name) ? name.GetString() : null);
        }
    }

    [Theory]
    [InlineData("pray", "a.png", HttpStatusCode.UnprocessableEntity, "cure")]
    [InlineData("remove", "../a.png", HttpStatusCode.NotFound, "name")]
    [InlineData("convert", "bad.png", HttpStatusCode.UnprocessableEntity, "name")]
    [InlineData("convert", "a.bmp", HttpStatusCode.Conflict, "name")]
    public async Task Cure_ThatCannotBeApplied_ChangesNothing(string apply, string picture, HttpStatusCode status, string field)
    {
        var server = shared.Server;
        var id = await server.CreateAsync("Cat", ("a.png", "x"));
        File.WriteAllText(Path.Combine(server.Pictures(id), "bad.png"), "no picture");
        File.Copy(Path.Combine(server.Pictures(id), "a.png"), Path.Combine(server.Pictures(id), "a.bmp"));

        var problem = await server.PostAsync($"{Root}/{id}/doctor/cure", new { apply, picture }, status);

        Assert.Equal(field, problem.GetProperty("field").GetString());
        Assert.Equal(4, Directory.GetFiles(server.Pictures(id)).Length);
    }

    // a JPEG with an EXIF segment that says "turn a quarter to the right"
    private static byte[] Turned()
    {
        var jpeg = PictureFile.Encode(DatasetServer.Picture(5), new() { Format = PictureFormat.Jpeg });
        byte[] exif = [0xff, 0xe1, 0, 34, .. "Exif\0\0MM"u8, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];
        return [.. jpeg[..2], .. exif, .. jpeg[2..]];
    }
}
