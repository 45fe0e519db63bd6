using LoraBridge.Diffusion.Text;

namespace LoraBridge.Tests.Diffusion.Text;

public sealed class ExtraNetworkTagsTests
{
    [Theory]
    [InlineData("<lora:x:0.8> a", " a", "lora")]
    [InlineData("a<lora:x>b<lyco:y:1>c", "abc", "lora lyco")]
    [InlineData("(<lora:x:1>a:1.2)", "(a:1.2)", "lora")]
    [InlineData("[<lora:x:1>:0.5]", "[:0.5]", "lora")]
    [InlineData("a <unknown:x> b", "a  b", "unknown")]
    [InlineData("<名前:x>", "", "名前")]
    [InlineData("<lora:a\nb:1>", "", "lora")]
    [InlineData("<lora:<lora:x:1>", "", "lora")]
    [InlineData("<a <lora:x:1>", "<a ", "lora")]
    [InlineData("<lora:x", "<lora:x", "")]
    [InlineData("<lora:> <:x> <lora> < lora:x>", "<lora:> <:x> <lora> < lora:x>", "")]
    [InlineData("a<b", "a<b", "")]
    [InlineData("", "", "")]
    public void Parse_Tags_AreRemovedWithoutATrace(string prompt, string rest, string kinds)
    {
        var tags = ExtraNetworkTags.Parse(prompt);
        Assert.Equal(rest, tags.Prompt);
        Assert.Equal(kinds, string.Join(' ', tags.Tags.Select(tag => tag.Kind)));
    }

    [Fact]
    public void Parse_Arguments_AreNamedWithExactlyOneEqualsSign()
    {
        var tag = Assert.Single(ExtraNetworkTags.Parse("<lora:x:te=0.5:a=b=c: 1 :te=0.6>").Tags);
        Assert.Equal(["x", "a=b=c", " 1 "], tag.Positional);
        Assert.Equal("0.6", Assert.Single(tag.Named).Value);
        Assert.Equal("<lora:x:te=0.5:a=b=c: 1 :te=0.6>", tag.Text);
    }

    [Theory]
    [InlineData("<lora:x>", 1, 1, null)]
    [InlineData("<lyco:x:0.8>", 0.8, 0.8, null)]
    [InlineData("<lora:x:te=0>", 0, 0, null)]
    [InlineData("<lora:x:0:0.9>", 0, 0.9, null)]
    [InlineData("<lora:x:unet=0.5>", 1, 0.5, null)]
    [InlineData("<lora:x:0.3:te=0.7>", 0.7, 0.7, null)]
    [InlineData("<lora:x: -.5 :5.>", -0.5, 5, null)]
    [InlineData("<lora:x:1e-1>", 0.1, 0.1, null)]
    [InlineData("<lora:x:1:1:4>", 1, 1, 4)]
    [InlineData("<lora:x:1:dyn=8>", 1, 1, 8)]
    [InlineData("<lora:x:0.5:0.6:dyn= 2 :te=0.7:unet=0.8>", 0.7, 0.8, 2)]
    public void Loras_Tag_HasItsWeights(string prompt, double text, double unet, int? rank)
    {
        var warnings = new List<PromptWarning>();
        var lora = Assert.Single(ExtraNetworkTags.Parse(prompt).Loras(warnings));
        Assert.Equal(new LoraTag("x", text, unet, rank), lora);
        Assert.Empty(warnings);
    }

    [Fact]
    public void Loras_UnknownArgument_IsIgnoredWithAWarning()
    {
        var warnings = new List<PromptWarning>();
        Assert.Equal([new("x", 0.5, 0.5, 8)], ExtraNetworkTags.Parse("<lora:x:0.5:dyn=8:other=1>").Loras(warnings));
        Assert.Contains("'other='", Assert.Single(warnings).Reason);
    }

    [Fact]
    public void Loras_NameWithOneEqualsSign_CannotBeAddressed()
    {
        var warnings = new List<PromptWarning>();
        Assert.Empty(ExtraNetworkTags.Parse("<lora:a=b>").Loras(warnings));
        Assert.Equal("a==b", Assert.Single(ExtraNetworkTags.Parse("<lora:a==b>").Loras(warnings)).Name);
        Assert.Contains("no name", Assert.Single(warnings).Reason);
    }

    [Theory]
    [InlineData("<lora:x:strong>", "'strong'")]
    [InlineData("<lora:x:>", "''")]
    [InlineData("<lora:x:0,8>", "'0,8'")]
    [InlineData("<lora:x:nan>", "'nan'")]
    [InlineData("<lora:x:1e999>", "'1e999'")]
    [InlineData("<lora:x:1:unet=y>", "'y'")]
    [InlineData("<lora:x:dyn=4.5>", "'4.5'")]
    [InlineData("<lora:x:dyn=0>", "'0'")]
    [InlineData("<lora:te=1>", "no name")]
    [InlineData("<lora::1>", "no name")]
    public void Loras_MalformedTag_IsDroppedAloneWithAWarning(string tag, string reason)
    {
        var warnings = new List<PromptWarning>();

        var loras = ExtraNetworkTags.Parse($"<lora:first:0.5>{tag}<hypernet:h:1><lora:last>").Loras(warnings);

        Assert.Equal(["first", "last"], loras.Select(lora => lora.Name));
        var warning = Assert.Single(warnings);
        Assert.Equal(tag, warning.Subject);
        Assert.Contains(reason, warning.Reason);
    }
}
