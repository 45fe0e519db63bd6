using LoraBridge.Training.Data;

namespace LoraBridge.Tests.Training.Data;

public sealed class CaptionVariantTests
{
    private const string Letters = "a, b, c, d, e, f, g, h";

    [Theory]
    [InlineData("a cat, sofa", "a cat, sofa")]
    [InlineData("  a cat \nsecond line", "a cat")]
    [InlineData("\n\na cat", "a cat")]
    [InlineData("{red|blue} cat", "{red|blue} cat")]
    [InlineData("a,b ,  c", "a,b ,  c")]
    [InlineData("", "")]
    public void Of_NoOptions_IsTheFirstLine(string caption, string expected) => Assert.Equal(expected, Of(caption, new()));

    [Theory]
    [InlineData("cat", "photo of", "4k", "photo of cat 4k")]
    [InlineData("cat", "photo of", null, "photo of cat")]
    [InlineData("", "photo of", "4k", "photo of 4k")]
    public void Of_PrefixAndSuffix_SurroundIt(string caption, string? prefix, string? suffix, string expected) =>
        Assert.Equal(expected, Of(caption, new() { Prefix = prefix, Suffix = suffix }));

    [Fact]
    public void Of_SameVisit_IsTheSame()
    {
        var options = new CaptionOptions { Shuffle = true, TagDropoutRate = 0.3, Wildcards = true, DropoutRate = 0.2 };
        for (var seed = 0UL; seed < 50; seed++)
            Assert.Equal(Of(Letters + ", {x|y}", options, seed), Of(Letters + ", {x|y}", options, seed));
    }

    [Fact]
    public void Of_Shuffle_KeepsTheFirstTags()
    {
        var options = new CaptionOptions { Shuffle = true, KeepTokens = 2 };
        var seen = Enumerable.Range(0, 200).Select(seed => Of(Letters, options, (ulong)seed)).ToList();

        Assert.All(seen, caption => Assert.StartsWith("a, b, ", caption, StringComparison.Ordinal));
        Assert.All(seen, caption => Assert.Equal(Letters.Split(", "), caption.Split(", ").Order()));
        Assert.True(seen.Distinct().Count() > 150);
        Assert.Equal(6, seen.Select(caption => caption.Split(", ")[2]).Distinct().Count());
    }

    [Fact]
    public void Of_KeepTokensAboveTheTags_KeepsAll() => Assert.Equal("a, b", Of("a, b", new() { Shuffle = true, KeepTokens = 9 }));

    [Fact]
    public void Of_KeepTokensSeparator_KeepsBothEnds()
    {
        var options = new CaptionOptions { Shuffle = true, KeepTokensSeparator = "|||", KeepTokens = 5 };
        var seen = Enumerable.Range(0, 100).Select(seed => Of("one, two ||| a, b, c ||| z, end", options, (ulong)seed)).ToList();

        Assert.All(seen, caption => Assert.Matches("^one, two, [abc], [abc], [abc], z, end$", caption));
        Assert.Equal(6, seen.Distinct().Count());
    }

    [Fact]
    public void Of_KeepTokensSeparatorAndNothingMoves_DoesNotReachTheText() =>
        Assert.Equal("one, a, b", Of("one ||| a, b", new() { KeepTokensSeparator = "|||" }));

    [Fact]
    public void Of_SecondarySeparator_MovesPartsTogether()
    {
        var options = new CaptionOptions { Shuffle = true, SecondarySeparator = ";;;" };
        var seen = Enumerable.Range(0, 50).Select(seed => Of("red;;;round, a, b", options, (ulong)seed)).ToList();

        Assert.All(seen, caption => Assert.Contains("red,round", caption));
        Assert.Equal(6, seen.Distinct().Count());
    }

    [Fact]
    public void Of_TagDropout_DropsItsShareButNoKeptTag()
    {
        var options = new CaptionOptions { TagDropoutRate = 0.25, KeepTokens = 1 };
        var seen = Enumerable.Range(0, 2000).Select(seed => Of(Letters, options, (ulong)seed).Split(", ")).ToList();

        Assert.All(seen, tags => Assert.Equal("a", tags[0]));
        Assert.All(seen, tags => Assert.Equal(tags.Order(), tags));
        Assert.InRange(seen.Average(tags => tags.Length - 1.0) / 7, 0.73, 0.77);
    }

    [Fact]
    public void Of_Dropout_EmptiesItsShare()
    {
        var options = new CaptionOptions { DropoutRate = 0.1, Prefix = "photo", TriggerWord = "sks" };
        Assert.InRange(Enumerable.Range(0, 5000).Count(seed => Of("cat", options, (ulong)seed).Length == 0), 430, 570);
        Assert.Equal("", Of("cat", options with { DropoutRate = 1 }));
    }

    [Fact]
    public void Of_DropoutEveryEpochs_EmptiesWholeEpochs()
    {
        var options = new CaptionOptions { DropoutEveryEpochs = 3 };
        Assert.Equal(["cat", "cat", "", "cat", "cat", ""], Enumerable.Range(0, 6).Select(epoch => CaptionVariant.Of("cat", options, new(1, epoch))));
    }

    [Fact]
    public void Of_Wildcards_ChooseLinesAndParts()
    {
        var options = new CaptionOptions { Wildcards = true };
        var seen = Enumerable.Range(0, 200).Select(seed => Of("{red|blue} {big||small} cat\n{{literal}} dog {only}", options, (ulong)seed)).ToHashSet();

        Assert.Equal(["red big cat", "red  cat", "red small cat", "blue big cat", "blue  cat", "blue small cat", "{literal} dog only"], seen);
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(25, 3)]
    [InlineData(50, 5)]
    [InlineData(99, 7)]
    [InlineData(100, 8)]
    [InlineData(1000, 8)]
    public void Of_TokenWarmup_GrowsByStep(long step, int tags)
    {
        var options = new CaptionOptions { TokenWarmupSteps = 100, TokenWarmupMinimum = 2 };
        Assert.Equal(tags, CaptionVariant.Of(Letters, options, new(1, 0, step)).Split(", ").Length);
        var fraction = options with { TokenWarmupSteps = 0.5 };
        Assert.Equal(tags, CaptionVariant.Of(Letters, fraction, new(1, 0, step, 200)).Split(", ").Length);
    }

    [Theory]
    [InlineData("a cat", "sks, a cat")]
    [InlineData("a SKS cat", "a SKS cat")]
    [InlineData("asks a cat", "sks, asks a cat")]
    [InlineData("photo of [trigger], sofa", "photo of sks, sofa")]
    [InlineData("", "sks")]
    public void Of_TriggerWord_IsInEveryCaption(string caption, string expected) => Assert.Equal(expected, Of(caption, new() { TriggerWord = "sks" }));

    [Fact]
    public void Of_TriggerWord_SurvivesShuffleAndTagDropout()
    {
        var options = new CaptionOptions { TriggerWord = "sks", Shuffle = true, TagDropoutRate = 0.9 };
        for (var seed = 0UL; seed < 100; seed++)
        {
            Assert.StartsWith("sks", Of(Letters, options, seed), StringComparison.Ordinal);
            Assert.Contains("sks", Of("sks, a, b", options, seed));
        }
    }

    [Fact]
    public void Of_OneOptionMore_LeavesTheOthersChoices()
    {
        var options = new CaptionOptions { Shuffle = true };
        for (var seed = 0UL; seed < 20; seed++)
            Assert.Equal(Of(Letters, options, seed), Of(Letters, options with { Wildcards = true, TokenWarmupSteps = 0.1, DropoutRate = 1e-12 }, seed));
    }

    private static string Of(string caption, CaptionOptions options, ulong seed = 1) => CaptionVariant.Of(caption, options, new(seed));
}
