using System.Net;
using System.Text.Json;
using LoraBridge.Server.Presets;
using LoraBridge.Training.Settings;

namespace LoraBridge.Server.Tests.Presets;

public sealed class PresetsApiTests(SharedServer shared) : IClassFixture<SharedServer>
{
    [Fact]
    public async Task List_OfANewServer_HasNineThatTrainingsTake()
    {
        await using var server = await RunningServer.StartAsync();

        var list = await server.Http.ReadAsync("/presets");

        var presets = list.GetProperty("presets").EnumerateArray().ToList();
        string[] subjects = ["style", "character", "object"], paces = ["quick", "balanced", "thorough"];
        Assert.Equal(subjects.SelectMany(subject => paces.Select(pace => $"{subject}-{pace}")), presets.Select(preset => preset.Text("id")));
        Assert.Equal(subjects, list.GetProperty("subjects").EnumerateArray().Select(word => word.Text("name")));
        Assert.All(presets, preset =>
        {
            var report = TrainingSettings.Read(SettingsSource.Text(preset.GetProperty("settings").GetRawText(), "preset", SettingsFormat.Json));
            Assert.Empty(report.Problems);
            Assert.True(preset.GetProperty("builtIn").GetBoolean());
        });
        var epochs = presets.Select(preset => preset.GetProperty("settings").GetProperty("loop").GetProperty("epochs").GetInt32()).Chunk(3);
        Assert.All(epochs, row => Assert.True(row[0] < row[1] && row[1] < row[2]));
    }

    [Fact]
    public async Task Add_SettingsInOtherWords_KeepsThemInOurs()
    {
        await using var server = await RunningServer.StartAsync();

        var saved = await server.Http.PostAsync("/presets", new { name = "mine", pace = "quick", settings = new { network_dim = 12, learning_rate = "2e-4", schedule = new { warmup = "10%" }, samples = new { prompts = new[] { "a cat" } } } }, HttpStatusCode.Created);

        Assert.Equal("""{"network":{"rank":12},"optimizer":{"learningRate":0.0002},"schedule":{"warmup":"10%"},"samples":{"prompts":["a cat"]}}""", saved.GetProperty("settings").GetRawText());
        var path = $"/presets/{saved.Text("id")}";
        await server.Http.AskAsync(HttpMethod.Put, path, new { name = "mine", settings = new { rank = 8 } }, HttpStatusCode.PreconditionRequired);
        var changed = await server.Http.AskAsync(HttpMethod.Put, path, new { name = "mine too", settings = new { rank = 8 } }, ifMatch: "\"1\"");
        Assert.Equal((2, 8), (changed.GetProperty("version").GetInt64(), changed.GetProperty("settings").GetProperty("network").GetProperty("rank").GetInt32()));
        Assert.Equal("mine too", (await server.Http.ReadAsync("/presets")).GetProperty("presets")[9].Text("name"));
        await server.Http.AskAsync(HttpMethod.Delete, path, status: HttpStatusCode.NoContent);
        await server.Http.ReadAsync(path, HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Add_SettingsThatAreWrong_NamesEveryField()
    {
        var server = shared.Server;

        var problem = await server.Http.PostAsync("/presets", new { name = "wrong", settings = new { network = new { rank = 0, alfa = 1 }, loop = new { epochs = "many" } } }, HttpStatusCode.UnprocessableEntity);

        var errors = problem.GetProperty("errors");
        Assert.Contains("4096", errors.GetProperty("network.rank")[0].GetString(), StringComparison.Ordinal);
        Assert.True(errors.TryGetProperty("loop.epochs", out _));
        Assert.Contains("alpha", errors.GetProperty("settings")[0].GetString(), StringComparison.Ordinal);
        foreach (var (body, field) in new (object, string)[] { (new { name = "", settings = new { } }, "name"), (new { name = "a", subject = "cats", settings = new { } }, "subject"), (new { name = "a", pace = "slow", settings = new { } }, "pace") })
            Assert.Equal(field, (await server.Http.PostAsync("/presets", body, HttpStatusCode.UnprocessableEntity)).Text("field"));
    }

    [Fact]
    public async Task WhatCameWithLoraBridge_StaysAsItIs()
    {
        var server = shared.Server;

        await server.Http.AskAsync(HttpMethod.Put, "/presets/style-quick", new { name = "x", settings = new { } }, HttpStatusCode.Conflict, "*");
        await server.Http.AskAsync(HttpMethod.Delete, "/presets/style-quick", status: HttpStatusCode.Conflict);
        Assert.Equal("Style, quick", (await server.Http.ReadAsync("/presets/style-quick")).Text("name"));
    }

    [Theory]
    [InlineData("yaml")]
    [InlineData("json")]
    [InlineData("toml")]
    public async Task Export_ThenImport_GivesTheSameSettings(string format)
    {
        var server = shared.Server;
        var settings = new { network = new { rank = 12, alpha = 6.5, include = new[] { "attn1", "ff.net" } }, optimizer = new { learningRate = 5e-5, kind = "Lion", ratePatterns = new Dictionary<string, double> { ["to_q"] = 1e-5 } }, schedule = new { warmup = "5%" }, samples = new { negativePrompt = "no\ttabs: 'x' # y \"z\" \\" }, captions = new { shuffle = true } };
        var saved = await server.Http.PostAsync("/presets", new { name = "mine", settings }, HttpStatusCode.Created);

        using var file = await server.Http.GetAsync(new Uri($"/lorabridge/v1/presets/{saved.Text("id")}/export?format={format}", UriKind.Relative));
        var text = await file.Content.ReadAsStringAsync();
        var imported = await server.Http.PostAsync("/presets/import", new { text, fileName = $"mine.{format}", save = true });

        Assert.EndsWith($".{format}", file.Content.Headers.ContentDisposition?.FileName, StringComparison.Ordinal);
        Assert.Equal(format, imported.Text("format"));
        Assert.True(JsonElement.DeepEquals(saved.GetProperty("settings"), imported.GetProperty("settings")), $"{text}\n{imported.GetProperty("settings")}");
        Assert.Equal("mine", imported.GetProperty("preset").Text("name"));
    }

    [Theory]
    [InlineData("kohya.toml", "[network_arguments]\nnetwork_dim = 16\nnetwork_alpha = 8\n[training_arguments]\nmax_train_epochs = 7\nunet_lr = 1e-4\nxformers = true\n", "toml")]
    [InlineData(null, "accelerate launch --num_cpu_threads_per_process 1 train_network.py \\\n  --network_dim 16 --network_alpha=8 --max_train_epochs \"7\" --unet_lr 1e-4 --xformers", "arguments")]
    [InlineData(null, "network_dim: 16\nnetwork_alpha: 8\nmax_train_epochs: 7\nunet_lr: 0.0001\n", "yaml")]
    [InlineData(null, "{\"network_dim\": 16, \"network_alpha\": 8, \"max_train_epochs\": 7, \"unet_lr\": 0.0001}", "json")]
    public async Task Import_OfOtherTrainersTexts_UnderstandsThem(string? fileName, string text, string format)
    {
        var server = shared.Server;

        var imported = await server.Http.PostAsync("/presets/import", new { text, fileName });

        Assert.Equal(format, imported.Text("format"));
        var settings = imported.GetProperty("settings");
        Assert.Equal((16, 8, 7, 1e-4), (settings.GetProperty("network").GetProperty("rank").GetInt32(), settings.GetProperty("network").GetProperty("alpha").GetDouble(), settings.GetProperty("loop").GetProperty("epochs").GetInt32(), settings.GetProperty("optimizer").GetProperty("unetLearningRate").GetDouble()));
        Assert.DoesNotContain(imported.GetProperty("problems").EnumerateArray(), problem => problem.Text("severity") == "error");
    }

    [Fact]
    public async Task Import_WhatNamesFilesOfThisMachine_DoesNotReadThem()
    {
        await using var server = await RunningServer.StartAsync();
        var secret = Path.Combine(Directory.CreateDirectory(server.Data).FullName, "secret.toml");
        await File.WriteAllTextAsync(secret, "hunter2 = 1\nnetwork_dim = 77\n");

        var imported = await server.Http.PostAsync("/presets/import", new { text = $"config_file = \"{secret}\"\ndataset_config = \"{secret}\"\n", fileName = "a.toml" });
        var looked = await server.Http.PostAsync("/training/settings/check", new { settings = new { config_file = secret } });

        Assert.DoesNotContain("hunter2", imported.GetRawText() + looked.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("77", imported.GetProperty("settings").GetRawText(), StringComparison.Ordinal);
        Assert.Equal(2, imported.GetProperty("problems").EnumerateArray().Count(problem => problem.Text("message").Contains("is not read", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Import_WithErrors_IsShownAndNotSaved()
    {
        await using var server = await RunningServer.StartAsync();
        const string Text = "network_dim = \"no\"\n";

        var shown = await server.Http.PostAsync("/presets/import", new { text = Text, fileName = "a.toml" });
        await server.Http.PostAsync("/presets/import", new { text = Text, fileName = "a.toml", save = true }, HttpStatusCode.UnprocessableEntity);

        Assert.Equal(("error", "a.toml:1"), (shown.GetProperty("problems")[0].Text("severity"), shown.GetProperty("problems")[0].Text("place")));
        Assert.Equal(9, (await server.Http.ReadAsync("/presets")).GetProperty("presets").GetArrayLength());
        Assert.Equal("format", (await server.Http.PostAsync("/presets/import", new { text = "", format = "ini" }, HttpStatusCode.UnprocessableEntity)).Text("field"));
    }

    [Fact]
    public async Task Check_SettingsOfAForm_SaysWhatIsWrongWithThem()
    {
        var server = shared.Server;

        var looked = await server.Http.PostAsync("/training/settings/check", new { settings = new { network = new { rank = 16 }, noise = new { offset = 0.1, multiresIterations = 6 }, data = new[] { new { folder = "/pictures", repeats = 3 } } } });

        Assert.Contains(looked.GetProperty("problems").EnumerateArray(), problem => problem.GetProperty("settings").EnumerateArray().Any(setting => setting.GetString() == "noise.offset"));
        Assert.Equal("""[{"folder":"/pictures","repeats":3}]""", looked.GetProperty("settings").GetProperty("data").GetRawText());
    }

    [Theory]
    [InlineData("a 'b c' \"d e\"", "a|b c|d e")]
    [InlineData("a\\\n b ^\n c `\r\n d", "a|b|c|d")]
    [InlineData("C:\\models\\x.safetensors \"C:\\my models\\y\"", "C:\\models\\x.safetensors|C:\\my models\\y")]
    [InlineData("\"a \\\"b\\\"\" ''", "a \"b\"|")]
    [InlineData("a\\ b \"unfinished c", "a b|unfinished c")]
    public void CommandWords_OfAShellsLine_AreThoseOfTheShell(string text, string words) => Assert.Equal(words.Split('|'), CommandWords.Split(text));
}
