using LoraBridge.Lora.Catalog;

namespace LoraBridge.Tests.Lora.Catalog;

public sealed class TagFrequencyTests
{
    private static string[] Of(string key, string value) => [.. TagFrequency.Of(new Dictionary<string, string> { [key] = value }).Select(tag => $"{tag.Tag} {tag.Count}")];

    [Fact]
    public void Of_AddsFolders_AndPutsTheMostFrequentFirst() =>
        Assert.Equal(["cat 7", "sks 5", "dog 5", "hat 1"], Of("ss_tag_frequency", """{"10_a": {"sks": 5, "cat": 3}, "1_b": {" cat ": 4, "dog": 5, "hat": 1}}"""));

    [Fact]
    public void Of_KeepsNoMoreThanItMust()
    {
        var tags = Of("ss_tag_frequency", "{\"f\": {" + string.Join(',', Enumerable.Range(1, 50).Select(i => $"\"t{i}\": {i}")) + "}}");
        Assert.Equal(TagFrequency.Kept, tags.Length);
        Assert.Equal("t50 50", tags[0]);
    }

    [Fact]
    public void Of_DataSets_StandInWhereThereAreNoFolders() =>
        Assert.Equal(["b 3", "a 1"], Of("ss_datasets", """[{"tag_frequency": {"x": {"a": 1}}}, {"tag_frequency": {"x": {"b": 3}}}, 7]"""));

    [Theory]
    [InlineData("")]
    [InlineData("None")]
    [InlineData("[1, 2]")]
    [InlineData("{\"a\": 3}")]
    [InlineData("{\"a\": {\"b\": \"3\", \"c\": 1e99, \"\": 4}}")]
    [InlineData("{\"a\": {\"\\ud800\": 3}}")]
    [InlineData("{\"a\": {")]
    public void Of_AnythingElse_HasNoTags(string value) => Assert.Empty(Of("ss_tag_frequency", value));
}
