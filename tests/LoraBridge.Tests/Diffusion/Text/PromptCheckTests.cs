using LoraBridge.Diffusion.Text;

namespace LoraBridge.Tests.Diffusion.Text;

public sealed class PromptCheckTests
{
    [Theory]
    [InlineData("a <3:x> b", "<3:x>", "'3' is no kind of network")]
    [InlineData("<hypernet:h:1>", "<hypernet:h:1>", "hypernetworks are not supported")]
    [InlineData("<lora:x:strong>", "<lora:x:strong>", "'strong' is not a number")]
    [InlineData("<lora:x:1:step=5-10>", "<lora:x:1:step=5-10>", "'step=' of the tag <lora:x:1:step=5-10> is unknown")]
    [InlineData("<lora:x:1:1:4:0.5>", "<lora:x:1:1:4:0.5>", "'0.5' of the tag")]
    [InlineData("<lora:x:1:blocks=ALL:lbw=NONE>", "<lora:x:1:blocks=ALL:lbw=NONE>", "'lbw=' ignored")]
    [InlineData("a, lora:name:0.6, b", "lora:name:0.6", "<lora:name:0.6>")]
    [InlineData("a <lora:name:0.6, b", "<lora:name:0.6, b", "closed with '>'")]
    [InlineData("[<lora:x:1>:0.5] a", "<lora:x:1>", "start=")]
    [InlineData("[a<lora:x:1>|b]", "<lora:x:1>", "start=")]
    [InlineData("[a:b:5] x|y", "|", "Nothing in this prompt is scheduled")]
    [InlineData("[a:b|c:5]", "|", "Nothing in this prompt is scheduled")]
    [InlineData("c AND (a|b) [c:d:5]", "|", "Nothing in this prompt is scheduled")]
    [InlineData("[a:b:5] \\", "\\", "backslash")]
    [InlineData("a, [x:1.2]", "[x:1.2]", "never switches")]
    [InlineData("a photo, 16:9", ":9", "guidance by 9")]
    [InlineData("cat:-0.5 <lora:x:1>", ":-0.5", "guidance by -0.5")]
    [InlineData("(a:1.2.3)", ":1.2.3)", "not a number")]
    [InlineData("(a BREAK b:1.2)", "BREAK", "starts no chunk")]
    [InlineData("([a BREAK b:0.5])", "BREAK", "starts no chunk")]
    public void Warnings_Prompt_SaysWhatHasNoEffect(string prompt, string subject, string reason)
    {
        var warning = Assert.Single(PromptCheck.Warnings(prompt, ""));
        Assert.Equal(subject, warning.Subject);
        Assert.Contains(reason, warning.Reason);
    }

    [Theory]
    [InlineData("a <lora:x:1>", "<lora:x:1>", "plain text")]
    [InlineData("<hypernet:x:1>", "<hypernet:x:1>", "plain text")]
    [InlineData("a AND b", "AND", "plain word")]
    [InlineData("[a:b:5] |", "|", "Nothing in this prompt is scheduled")]
    public void Warnings_NegativePrompt_SaysWhatIsPlainText(string negative, string subject, string reason)
    {
        var warning = Assert.Single(PromptCheck.Warnings("a", negative));
        Assert.Equal(subject, warning.Subject);
        Assert.Contains(reason, warning.Reason);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("a (b:1.2) [c:d:0.5] [e|f] \\| g AND h:0.5 <lora:x:0.8:te=1:start=0.5:blocks=INALL> BREAK i", "ugly, [a] BREAK (b)")]
    [InlineData("a | b <lora:x> [c], AND [a BREAK b:0.5] lora: the explorer <3", "a <3 b> or and ANDROID \\")]
    [InlineData("<lora:x:1>[a:b:0.5]<lora:y:1> ([c])", "")]
    [InlineData("cat:0.5 AND dog:1.5, [a:b:1.0] [c:d:12]", "16:9")]
    public void Warnings_SoundPrompts_HaveNone(string prompt, string negative) => Assert.Empty(PromptCheck.Warnings(prompt, negative));

    [Fact]
    public void Warnings_SecondPass_LetsFractionsGoOn() => Assert.Empty(PromptCheck.Warnings("[a:b:1.5]", "[c:1.2]", hasSecondPass: true));

    [Fact]
    public void Warnings_SameFaultTwice_IsSaidOnce() => Assert.Single(PromptCheck.Warnings("<x:1> <x:1>", ""));

    [Fact]
    public void Warnings_TagsInOneOfTwoGroups_NameTheOnesInside() =>
        Assert.Equal(["<lora:b>", "<lora:c>"], PromptCheck.Warnings("<lora:a>[x:[y:<lora:b>z:2]:3] [u:v<lora:c>:4]<lora:d>", "").Select(warning => warning.Subject));

    [Fact]
    public void Repeats_SameName_SaysHowStrongItIs()
    {
        var loras = ExtraNetworkTags.Parse("<lora:a:0.5><lora:b><lora:a:0.7>").Loras([]);
        Assert.Contains("'a' is named 2 times. As in the WebUI each mention takes the last one's weights, 0.7 and 0.7", Assert.Single(PromptCheck.Repeats(loras)).Reason);
    }
}
