using LoraBridge.Tests.Goldens;
using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.Settings;

/// <summary>What is written reads back: YAML with comments, JSON, and the template that is shipped.</summary>
public sealed class SettingsTemplateTests
{
    private static readonly TrainingOptions s_unusual = new()
    {
        Model = new() { Path = "D:\\模型\\v1 5.safetensors", Vae = "no", Prediction = TrainingTarget.V, MergedWeights = ["a: b", "#c", "null"], MergedWeightMultipliers = [0.5, 1e-9] },
        Network = new() { Algorithm = NetworkAlgorithm.LoKr, Rank = 3, Alpha = 1e-7, RankPatterns = new Dictionary<string, int> { ["attn.*: x"] = 4 }, BlockRanks = [.. Enumerable.Range(0, 25)] },
        Data =
        [
            new() { Folder = "a \"quoted\"\tfolder", Repeats = 3, Captions = new() { Separator = "|", Prefix = " " } },
            new() { Folder = "-", IsRegularisation = true, Augmentation = new() { Flip = true, AlphaBackground = null } },
        ],
        Optimizer = new() { Kind = OptimizerKind.DAdaptAdanIp, LearningRate = 1.0 / 3, TextEncoderLearningRate = 0 },
        Schedule = new() { Scheduler = SchedulerKind.WarmupStableDecay, Warmup = StepAmount.Share(0.05), Decay = StepAmount.Steps(7) },
        Precision = new() { Mixed = MixedPrecision.No },
        Loop = new() { Epochs = 3, Seed = 4294967295 },
        Saving = new() { EverySteps = null, Layouts = [FileLayout.Kohya, FileLayout.Peft] },
        Samples = new() { Prompts = ["a house, {x}: \"y\" --d 1", "второй\nline"], NegativePrompt = "" },
        Metadata = new() { Comment = "100%" },
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Yaml_ReadsBackTheSame(bool onlyChanged)
    {
        var text = SettingsTemplate.Write(s_unusual, onlyChanged);

        var report = Given.Yaml(text);

        Assert.DoesNotContain(report.Problems, problem => problem.Message.Contains("is no setting", StringComparison.Ordinal));
        Assert.Equal(SettingsJson.Write(s_unusual), SettingsJson.Write(report.Draft));
    }

    [Fact]
    public void Yaml_OfDefaults_HasEverySettingAndMeaning()
    {
        var text = SettingsTemplate.Write(new());

        Assert.All(SettingsCatalog.All.Where(setting => setting.Group != "data"), setting => Assert.Contains($"  # {setting.Meaning}\n", text));
        Assert.Empty(Given.Yaml(text).Problems);
        Assert.Equal("", SettingsTemplate.Write(new(), onlyChanged: true));
    }

    [Fact]
    public void Json_ReadsBackTheSame()
    {
        var json = SettingsJson.Write(s_unusual);

        Assert.Equal(json, SettingsJson.Write(SettingsJson.Read(json)));
        Assert.Equal(json, SettingsJson.Write(Given.Json(json).Draft));
    }

    [Fact]
    public void Json_IsCamelCaseWithNamedChoices()
    {
        var json = SettingsJson.Write(s_unusual);

        Assert.Contains("\"kind\": \"DAdaptAdanIP\"", json);
        Assert.Contains("\"scheduler\": \"warmup_stable_decay\"", json);
        Assert.Contains("\"warmup\": \"5%\"", json);
        Assert.Contains("\"unetLearningRate\": null", json);
        Assert.DoesNotContain("effectiveAlpha", json);
    }

    [Theory]
    [InlineData("""{"network": {"rnk": 4}}""")]
    [InlineData("""{"network": {"algorithm": 3}}""")]
    [InlineData("""{"network": null}""")]
    [InlineData("null")]
    public void Json_ThatIsNoOptions_Throws(string json) => Assert.Throws<System.Text.Json.JsonException>(() => SettingsJson.Read(json));

    [Fact]
    public void ShippedTemplate_IsTheAdvisedSettings()
    {
        var report = TrainingSettings.Read(SettingsSource.File(Path.GetFullPath(Path.Combine(GoldenFolders.Fixtures, "..", "..", "samples", "configs", "lora_default.yaml"))));

        Assert.Empty(report.Problems);
        var expected = new TrainingOptions
        {
            Model = new() { Path = "./models/Stable-diffusion/v1-5-pruned.safetensors" },
            Network = new() { Rank = 8, Alpha = 16 },
            Data = [new() { Folder = "./data/style_train" }],
            Loop = new() { BatchSize = 4, Epochs = 15, Seed = 42 },
            Schedule = new() { Warmup = StepAmount.Share(0.1) },
            Saving = new() { Folder = "./output/my_style_lora" },
            Logging = new() { Folder = "./output/my_style_lora/logs" },
        };
        Assert.Equal(SettingsJson.Write(expected), SettingsJson.Write(report.Options));
    }

    [Fact]
    public void ShippedTemplate_WithItsSuggestions_IsFine()
    {
        var path = Path.GetFullPath(Path.Combine(GoldenFolders.Fixtures, "..", "..", "samples", "configs", "lora_default.yaml"));
        var lines = File.ReadAllLines(path).Select(line => System.Text.RegularExpressions.Regex.Replace(line, @"^# (\w+: .*)$", "$1"));

        Assert.Empty(Given.Yaml(string.Join('\n', lines)).Problems);
    }
}
