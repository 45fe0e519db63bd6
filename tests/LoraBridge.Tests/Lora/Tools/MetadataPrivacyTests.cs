using LoraBridge.Lora.Tools;

namespace LoraBridge.Tests.Lora.Tools;

public sealed class MetadataPrivacyTests
{
    private static readonly Dictionary<string, string> s_metadata = new()
    {
        ["ss_v2"] = "False",
        ["ss_tag_frequency"] = "{}",
        ["ss_dataset_dirs"] = "{}",
        ["ss_learning_rate"] = "1e-4",
        ["modelspec.author"] = "me",
        ["unheard_of"] = "x",
    };

    [Theory]
    [InlineData(MetadataStrip.None, new[] { "ss_v2", "ss_tag_frequency", "ss_dataset_dirs", "ss_learning_rate", "modelspec.author", "unheard_of" })]
    [InlineData(MetadataStrip.Private, new[] { "ss_v2", "ss_learning_rate", "unheard_of" })]
    [InlineData(MetadataStrip.All, new[] { "ss_v2" })]
    public void Apply_ALevel_KeepsTheRestAndNamesWhatWent(MetadataStrip strip, string[] kept)
    {
        var left = MetadataPrivacy.Apply(s_metadata, strip, out var removed);

        Assert.Equal(kept, left.Keys);
        Assert.Equal(s_metadata.Keys.Except(kept).Order(StringComparer.Ordinal), removed);
    }
}
