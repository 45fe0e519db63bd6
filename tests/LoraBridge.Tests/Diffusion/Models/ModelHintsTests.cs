using System.Text.Json;
using LoraBridge.Diffusion.Models;
using LoraBridge.Tests.Goldens;

namespace LoraBridge.Tests.Diffusion.Models;

public sealed class ModelHintsTests
{
    [Fact]
    public void Or_TwoSources_TakesTheFirstThatKnows()
    {
        var hints = new ModelHints { TextHeads = 4, ScaleFactor = 0.5 }.Or(new() { TextHeads = 9, BetaEnd = 0.02 }).Or(ModelHints.Sd1);
        Assert.Equal(ModelHints.Sd1 with { TextHeads = 4, ScaleFactor = 0.5, BetaEnd = 0.02 }, hints);
    }

    [Fact]
    public void Or_HeadWidthKnown_TheRulesNumberOfHeadsIsNotTaken()
    {
        var hints = new ModelHints { UNetHeadWidth = 64 }.Or(ModelHints.Sd1);
        Assert.Equal((null, 64L), (hints.UNetHeads, hints.UNetHeadWidth));
    }

    [Fact]
    public void FromMetadata_OwnKeys_AreRead()
    {
        var hints = ModelHintSources.FromMetadata(new Dictionary<string, string>
        {
            ["lorabridge.text_heads"] = "4",
            ["lorabridge.unet_head_width"] = "64",
            ["lorabridge.scale_factor"] = "0.13025",
            ["modelspec.prediction_type"] = "v",
            ["format"] = "pt",
        });
        Assert.Equal(new ModelHints { TextHeads = 4, UNetHeadWidth = 64, ScaleFactor = 0.13025, PredictionType = "v_prediction" }, hints);
    }

    [Fact]
    public void FromMetadata_NotANumber_NamesTheKey()
    {
        var error = Assert.Throws<FormatException>(() => ModelHintSources.FromMetadata(new Dictionary<string, string> { ["lorabridge.text_heads"] = "many" }));
        Assert.Contains("lorabridge.text_heads", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromConfigBeside_GoldenConfig_IsRead()
    {
        var hints = ModelHintSources.FromConfigBeside(Path.Combine(GoldenFolders.Fixtures, "goldens", "sd15-tiny", "model.safetensors"));
        Assert.Equal(ModelHints.Sd1 with { TextHeads = 4 }, hints);
    }

    [Fact]
    public void FromConfigBeside_ListOfHeads_MeansHeadsOfOneWidth()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("config.json"), """{"prediction": "v", "unet": {"attention_head_dim": [5, 10, 20, 20], "block_out_channels": [320, 640, 1280, 1280]}}""");
        Assert.Equal(new ModelHints { UNetHeadWidth = 64, PredictionType = "v_prediction" }, ModelHintSources.FromConfigBeside(folder.File("model.safetensors")));
    }

    [Fact]
    public void FromConfigBeside_NoConfig_KnowsNothing()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(new ModelHints(), ModelHintSources.FromConfigBeside(folder.File("model.safetensors")));
    }

    [Fact]
    public void FromConfigBeside_NotJson_Throws()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("config.json"), "unet:");
        Assert.ThrowsAny<JsonException>(() => ModelHintSources.FromConfigBeside(folder.File("model.safetensors")));
    }
}
