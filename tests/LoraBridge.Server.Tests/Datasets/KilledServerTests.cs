using System.Net.Http.Json;
using System.Text.Json;
using LoraBridge.Imaging;
using LoraBridge.Server.Tests.Jobs;

namespace LoraBridge.Server.Tests.Datasets;

public sealed class KilledServerTests
{
    private const string Root = DatasetServer.Root;

    [Fact]
    public async Task KillingTheServer_InTheMiddleOfUploadsAndEdits_LeavesNothingHalf()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var data = Directory.CreateTempSubdirectory("killed-").FullName;
        var folder = Path.Combine(data, "datasets", "cat", "pictures");
        try
        {
            for (var round = 0; round < 3; round++)
            {
                using var server = await ServerProcess.StartAsync(data);
                var http = server.Http;
                if (round == 0) (await http.PostAsJsonAsync(new Uri(Root, UriKind.Relative), new { name = "cat" }, timeout.Token)).EnsureSuccessStatusCode();
                await CheckAsync(http, folder, timeout.Token);

                var work = Task.WhenAll(UploadAsync(http, round, timeout.Token), EditAsync(http, timeout.Token));
                await Task.Delay(150 + 90 * round, timeout.Token);
                server.Kill();
                await Assert.ThrowsAnyAsync<Exception>(() => work);       // whichever way a connection breaks
            }
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task CheckAsync(HttpClient http, string folder, CancellationToken cancel)
    {
        using var history = await http.GetAsync(new Uri($"{Root}/cat/caption-edits", UriKind.Relative), cancel);
        var page = await http.GetFromJsonAsync<JsonElement>(new Uri($"{Root}/cat/pictures?limit=500", UriKind.Relative), cancel);

        history.EnsureSuccessStatusCode();
        foreach (var name in page.GetProperty("pictures").EnumerateArray().Select(picture => picture.GetProperty("name").GetString()!)) PictureFile.Read(Path.Combine(folder, name));
        // a picture may have got tags before its caption came
        foreach (var file in Directory.EnumerateFiles(folder, "*.txt")) Assert.Matches("^(a cat|t[0-9]+)(, t[0-9]+)*$", await File.ReadAllTextAsync(file, cancel));
    }

    private static async Task UploadAsync(HttpClient http, int round, CancellationToken cancel)
    {
        for (var i = 0; ; i++)
        {
            using var form = new MultipartFormDataContent
            {
                { new ByteArrayContent(DatasetServer.Png((byte)i, 200 + round, 200)), "files", $"{round}-{i}.png" },
                { new ByteArrayContent("a cat"u8.ToArray()), "files", $"{round}-{i}.txt" },
            };
            using var answer = await http.PostAsync(new Uri($"{Root}/cat/pictures", UriKind.Relative), form, cancel);
            answer.EnsureSuccessStatusCode();
        }
    }

    private static async Task EditAsync(HttpClient http, CancellationToken cancel)
    {
        for (var i = 0; ; i++)
        {
            using var answer = await http.PostAsJsonAsync(new Uri($"{Root}/cat/caption-edits", UriKind.Relative), new { action = "add", text = $"t{i}" }, cancel);
            answer.EnsureSuccessStatusCode();
        }
    }
}
