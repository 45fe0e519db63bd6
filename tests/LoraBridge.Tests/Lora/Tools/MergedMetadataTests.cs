using LoraBridge.Lora.Tools;

namespace LoraBridge.Tests.Lora.Tools;

public sealed class MergedMetadataTests
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void Of_TwoParents_SaysWhatTheyAgreeOnAndWhereItComesFrom()
    {
        var merged = Merge(
            new() { ["ss_base_model_version"] = "sd_v1", ["ss_sd_model_name"] = "a.ckpt", ["ss_v2"] = "False", ["modelspec.license"] = "CC0", ["sshs_model_hash"] = "x", ["ss_steps"] = "5" },
            new() { ["ss_base_model_version"] = "sd_v1", ["ss_sd_model_name"] = "b.ckpt", ["modelspec.license"] = "MIT" });

        Assert.Equal("sd_v1", merged["ss_base_model_version"]);
        Assert.Equal("False", merged["ss_v2"]);
        Assert.DoesNotContain("ss_sd_model_name", merged.Keys);
        Assert.DoesNotContain("ss_steps", merged.Keys);
        Assert.DoesNotContain("sshs_model_hash", merged.Keys);
        Assert.Equal("CC0; MIT", merged["modelspec.license"]);
        Assert.Equal("cat, hat", merged["modelspec.merged_from"]);
        Assert.Equal("both", merged["ss_output_name"]);
        Assert.Equal("2026-01-02T03:04:05", merged["modelspec.date"]);
        Assert.Equal("baked from cat (UNet 0.8, text 0.5) + hat (-1)", merged["ss_training_comment"]);
        Assert.Equal("""[{"name":"cat","hash":"aa","unet":0.8,"text":0.5},{"name":"hat","hash":"bb","unet":-1,"text":-1}]""", merged["lorabridge_merged_from"]);
    }

    [Fact]
    public void Of_TagCounts_AddsThemUp()
    {
        var merged = Merge(
            new() { ["ss_tag_frequency"] = """{"10_cat": {"cat": 5, "größe": 1}}""" },
            new() { ["ss_tag_frequency"] = """{"10_cat": {"cat": 2}, "3_hat": {"hat": 4}}""" });

        Assert.Equal("""{"10_cat":{"cat":7,"größe":1},"3_hat":{"hat":4}}""", merged["ss_tag_frequency"]);
    }

    [Theory]
    [InlineData("not JSON")]
    [InlineData("[1]")]
    [InlineData("""{"a": 5}""")]
    [InlineData("""{"a": {"b": "c"}}""")]
    public void Of_DamagedTagCounts_LeavesThemOut(string tags) =>
        Assert.DoesNotContain("ss_tag_frequency", Merge(new() { ["ss_tag_frequency"] = tags }, []).Keys);

    private static Dictionary<string, string> Merge(Dictionary<string, string> first, Dictionary<string, string> second) =>
        MergedMetadata.Of([new("cat", "aa", 0.8, 0.5, first), new("hat", "bb", -1, -1, second)], "both", s_now);
}
