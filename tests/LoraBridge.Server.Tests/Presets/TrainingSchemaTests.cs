using System.Net;
using System.Text.Json;
using LoraBridge.Server.Presets;
using LoraBridge.Training.Settings;

namespace LoraBridge.Server.Tests.Presets;

public sealed class TrainingSchemaTests
{
    private static readonly string[] s_kinds = ["boolean", "integer", "number", "text", "choice", "steps", "list", "table"];

    private static IEnumerable<SchemaField> All => TrainingSchema.Current.Groups.SelectMany(group => group.Settings);

    [Fact]
    public void EverySetting_HasAKindAnEffectAndAConsequence()
    {
        Assert.Equal(SettingsCatalog.All.Select(setting => setting.Path), All.Select(field => field.Path));
        Assert.All(All, field =>
        {
            Assert.Contains(field.Kind, s_kinds);
            Assert.EndsWith(".", field.Effect, StringComparison.Ordinal);
            Assert.True(field.Consequence.EndsWith('.') && field.Consequence != field.Effect, $"{field.Path}: advice.json must say what follows from it.");
            Assert.Equal(field.Kind == "choice" || field.Element == "choice", field.Choices is not null);
            Assert.Equal(field.Kind is "list" or "table", field.Element is not null);
        });
        Assert.All(TrainingSchema.Current.Groups, group => Assert.EndsWith(".", group.Meaning, StringComparison.Ordinal));
        Assert.All(All.SelectMany(field => field.Choices ?? []), choice => Assert.EndsWith(".", choice.Meaning, StringComparison.Ordinal));
        Assert.Empty(SettingAdvice.All.Keys.Except(All.Select(field => field.Path)));
    }

    /// <summary>What the schema says is what reading settings does: defaults change nothing, and what is beyond the bounds is refused.</summary>
    [Fact]
    public void EveryDefaultAndBound_IsThatOfTheSettings()
    {
        var faults = new List<string>();
        foreach (var field in All.Where(field => field.Group != "data"))
        {
            if (field.Default is not null && Read(field, field.Default.ToJsonString()).HasErrors) faults.Add($"{field.Path} refuses its default");
            if (field.Maximum is { } most && !Read(field, JsonSerializer.Serialize(most + 1)).HasErrors) faults.Add($"{field.Path} takes more than {most}");
            // 0 stands for none where there may be none
            if (field.Minimum is { } least && !(field.Optional && least == 1) && !Read(field, JsonSerializer.Serialize(least - 1)).HasErrors) faults.Add($"{field.Path} takes less than {least}");
            if (field.MinimumExclusive && !(field.Optional && field.Minimum == 0) && !Read(field, JsonSerializer.Serialize(field.Minimum)).HasErrors) faults.Add($"{field.Path} takes {field.Minimum}");
            foreach (var choice in field.Kind == "choice" ? field.Choices! : [])
                if (Read(field, JsonSerializer.Serialize(choice.Name)).Problems.Any(problem => problem.Message.Contains("must be", StringComparison.Ordinal))) faults.Add($"{field.Path} refuses {choice.Name}");
            foreach (var allowed in field.Allowed ?? []) if (Read(field, allowed!.ToJsonString()).HasErrors) faults.Add($"{field.Path} refuses {allowed}");
        }
        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }

    [Theory]
    [InlineData("network.rank", "integer", "8", 1.0, 4096.0, "Rank")]
    [InlineData("optimizer.kind", "choice", "\"AdamW\"", null, null, "Kind")]
    [InlineData("schedule.warmup", "steps", "100", null, null, "Warmup")]
    [InlineData("network.trainUNet", "boolean", "true", null, null, "Train UNet")]
    [InlineData("loss.minSnrGamma", "number", null, 0.0, 1000.0, "Min SNR gamma")]
    [InlineData("validation.timesteps", "list", "[200,400,600,800]", null, null, "Timesteps")]
    public void AField_IsAsItsPropertySays(string path, string kind, string? standard, double? least, double? most, string title)
    {
        var field = All.Single(field => field.Path == path);

        Assert.Equal((kind, standard, least, most, title), (field.Kind, field.Default?.ToJsonString(), field.Minimum, field.Maximum, field.Title));
    }

    [Fact]
    public void WordsOfOtherTrainers_LeadToTheSetting()
    {
        Assert.Contains("network_dim", All.Single(field => field.Path == "network.rank").Words);
        Assert.Contains("train_data_dir", All.Single(field => field.Path == "data.folder").Words);
    }

    [Fact]
    public async Task TheSchema_ThatAClientHas_IsNotSentAgain()
    {
        await using var server = await RunningServer.StartAsync();
        using var first = await server.Http.GetAsync(new Uri("/lorabridge/v1/training/schema", UriKind.Relative));
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/lorabridge/v1/training/schema", UriKind.Relative));
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);

        using var again = await server.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        var schema = JsonSerializer.Deserialize<JsonElement>(await first.Content.ReadAsStringAsync());
        Assert.Equal($"\"{schema.Text("version")}\"", first.Headers.ETag!.Tag);
        Assert.True(schema.GetProperty("groups").EnumerateArray().Single(group => group.Text("name") == "data").GetProperty("isList").GetBoolean());
    }

    private static SettingsReport Read(SchemaField field, string json) =>
        TrainingSettings.Read(SettingsSource.Text($"{{\"{field.Group}\":{{\"{field.Name}\":{json}}}}}", "form", SettingsFormat.Json));
}
