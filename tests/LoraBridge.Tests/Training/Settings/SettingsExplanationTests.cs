using System.Text.Json;
using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.Settings;

public sealed class SettingsExplanationTests
{
    private const string Yaml = "lora_rank: 12\nlora_alpha: 12\ntrain_data_dir: ./pics\nflip_aug: true\nlearning_rate: 1e-4";

    [Fact]
    public void Explanation_HasEverySettingWithItsOriginAndMeaning()
    {
        var explanation = SettingsExplanation.Of(Given.Yaml(Yaml, "--seed", "7"));

        Assert.Equal(SettingsCatalog.All.Count, explanation.Settings.Count);
        Assert.Equal(new("network.rank", "12", "lora.yaml:1 (lora_rank)", false, "8", "from 1 to 4096", SettingsCatalog.Get("network.rank").Meaning), explanation.Settings.Single(row => row.Path == "network.rank"));
        Assert.Equal(("./pics", "lora.yaml:3 (train_data_dir)"), explanation.Settings.Single(row => row.Path == "data[0].folder") is { } folder ? (folder.Value, folder.Origin) : default);
        Assert.Equal(("7", "command line (seed)"), explanation.Settings.Single(row => row.Path == "loop.seed") is { } seed ? (seed.Value, seed.Origin) : default);
        Assert.True(explanation.Settings.Single(row => row.Path == "optimizer.kind") is { IsDefault: true, Value: "AdamW", Origin: "default" });
        Assert.Equal(("1", "0.0001"), (explanation.Results.Single(row => row.Path == "scale").Value, explanation.Results.Single(row => row.Path == "unetLearningRate").Value));
    }

    [Fact]
    public void Text_StarsWhatWasGiven()
    {
        var text = SettingsExplanation.Of(Given.Yaml(Yaml + "\nkeep_tokens: 1")).ToText();

        Assert.Matches(@"\* network\.rank +  *= 12   \(lora\.yaml:1 \(lora_rank\)\)\n      The rank of .* Default: 8\.\n", text);
        Assert.Matches(@"  optimizer\.kind += AdamW   \(default\)\n", text);
        Assert.Contains("[augmentation]\n", text);
        Assert.Contains("warning: captions.keepTokens does nothing", text);
    }

    [Fact]
    public void Json_IsForPrograms()
    {
        using var json = JsonDocument.Parse(SettingsExplanation.Of(Given.Yaml(Yaml)).ToJson());

        var rank = json.RootElement.GetProperty("settings").EnumerateArray().Single(row => row.GetProperty("path").GetString() == "network.rank");
        Assert.Equal(("12", false), (rank.GetProperty("value").GetString(), rank.GetProperty("isDefault").GetBoolean()));
    }

    [Fact]
    public void Explanation_OfErrors_ShowsWhatCouldBeRead() =>
        Assert.Contains(SettingsExplanation.Of(Given.Yaml(Yaml + "\nepohcs: 3")).Settings, row => row is { Path: "network.rank", Value: "12" });
}
