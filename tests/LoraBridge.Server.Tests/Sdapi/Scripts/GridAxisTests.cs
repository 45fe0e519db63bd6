using LoraBridge.Server.Sdapi.Scripts;

namespace LoraBridge.Server.Tests.Sdapi.Scripts;

public sealed class GridAxisTests
{
    [Theory]
    [InlineData("Steps", "1, 2,3", "1|2|3")]
    [InlineData("Steps", "1-5", "1|2|3|4|5")]
    [InlineData("Steps", "5-3", "5|4|3")]
    [InlineData("Steps", "1-9 (+3), 20", "1|4|7|20")]
    [InlineData("Steps", "10-1 (-4)", "10|6|2")]
    [InlineData("CFG Scale", "0-1 [5]", "0|0.25|0.5|0.75|1")]
    [InlineData("CFG Scale", "1.5-2.5 (+0.5)", "1.5|2|2.5")]
    [InlineData("Seed", "-1", "-1")]
    [InlineData("Seed", "", "")]
    [InlineData("Sampler", "Euler a, DPM++ 2M", "Euler a|DPM++ 2M")]
    [InlineData("Prompt S/R", "cat, \"dog, big\", \"a \"\"b\"\"\"", "cat|dog, big|a \"b\"")]
    [InlineData("Prompt order", "a,b,c", "a, b, c|a, c, b|b, a, c|b, c, a|c, a, b|c, b, a")]
    public void Values_OfAText_AreListed(string axis, string text, string expected) =>
        Assert.Equal(expected, string.Join('|', GridAxis.For("txt2img").First(a => a.Label == axis).Values(text)));

    [Fact]
    public void For_AKindOfRequest_KeepsTheWebUisPlaces()
    {
        var (text, image) = (GridAxis.For("txt2img"), GridAxis.For("img2img"));

        Assert.Equal(("Nothing", "Seed", "Steps", "Hires steps", "CFG Scale"), (text[0].Label, text[1].Label, text[4].Label, text[5].Label, text[6].Label));
        Assert.Equal(("Steps", "CFG Scale", "Image CFG Scale", "Prompt S/R"), (image[4].Label, image[5].Label, image[6].Label, image[7].Label));
    }
}
