using LoraBridge.Generation;

namespace LoraBridge.Tests.Generation;

public sealed class InfotextTests
{
    [Fact]
    public void Write_KeysInAnyOrder_StandInTheWebUisOrder()
    {
        var text = Infotext.Write("p", "n", new Dictionary<string, object?>
        {
            ["Version"] = "1",
            ["Hires upscale"] = 1.5,
            ["Seed"] = 7L,
            ["Steps"] = 20,
            ["Denoising strength"] = 0.45,
            ["Clip skip"] = null,
            ["Lora hashes"] = "a: 0123456789ab, b: ba9876543210",
        });
        Assert.Equal("p\nNegative prompt: n\nSteps: 20, Seed: 7, Denoising strength: 0.45, Hires upscale: 1.5, Lora hashes: \"a: 0123456789ab, b: ba9876543210\", Version: 1", text);
    }

    [Theory]
    [InlineData(7.0, "A b: 7.0")]
    [InlineData(6.5, "A b: 6.5")]
    [InlineData(0.1, "A b: 0.1")]
    [InlineData(true, "A b: True")]
    [InlineData("plain", "A b: plain")]
    [InlineData("say \"hi\"", "A b: say \"hi\"")]
    [InlineData("a, b", "A b: \"a, b\"")]
    [InlineData("a\nb", "A b: \"a\\nb\"")]
    [InlineData("ü: x", "A b: \"ü: x\"")]
    [InlineData("A b", "A b")]
    public void Write_Values_AreFormattedAndQuotedAsPythonDoes(object value, string line) =>
        Assert.Equal($"p\n{line}", Infotext.Write("p", "", new Dictionary<string, object?> { ["A b"] = value }));
}
