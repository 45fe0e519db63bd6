using LoraBridge.Diffusion.Text;

namespace LoraBridge.Tests.Diffusion.Text;

public sealed class PromptScheduleTests
{
    [Theory]
    [InlineData("[a:b:0.5]", 20, "10 a;20 b")]
    [InlineData("[[a:b:5]:c:10]", 20, "5 a;10 b;20 c")]
    [InlineData("[b:0.5]", 20, "10 ;20 b")]
    [InlineData("[a::5]", 20, "5 a;20 ")]
    [InlineData("[:b:5]", 20, "5 ;20 b")]
    [InlineData("[a:b: 5 ]", 20, "5 a;20 b")]
    [InlineData("[a:b:5e-1]", 20, "20 b")]
    [InlineData("[a:b:1.]", 20, "20 a")]
    [InlineData("[a:b:1]", 20, "1 a;20 b")]
    [InlineData("[a:b:50]", 20, "20 a")]
    [InlineData("[a:b:-3]", 20, "20 b")]
    [InlineData("[a:b:1e400]", 20, "20 a")]
    [InlineData("[a:b:.29]", 100, "28 a;100 b")]
    [InlineData("[ a : b :5]", 20, "5  a ;20  b ")]
    [InlineData("[a:b:+5]", 20, "5 a;20 b")]
    [InlineData("[a:b:1.0]", 20, "20 a")]
    [InlineData("[a:b:5.0e-1]", 20, "10 a;20 b")]
    [InlineData("[x:1.2]", 20, "20 ")]
    [InlineData("[(a):[b]:5]", 20, "5 (a);20 [b]")]
    [InlineData("[a:b:5](c:1.2)", 20, "5 a(c:1.2);20 b(c:1.2)")]
    [InlineData("[a:b:x]", 20, "20 [a:b:x]")]
    [InlineData("[a:b:infinity]", 20, "20 [a:b:infinity]")]
    [InlineData("[a:b:]", 20, "20 [a:b:]")]
    [InlineData("[a:b:c:5]", 20, "20 [a:b:c:5]")]
    [InlineData("[(a:b):c:5]", 20, "5 (a:b);20 c")]
    [InlineData("[(a:b:c):d:5]", 20, "20 [(a:b:c):d:5]")]
    [InlineData("[[a:b:0.5]", 20, "10 [a;20 [b")]
    [InlineData("[a:b:5]] x", 20, "5 a] x;20 b] x")]
    [InlineData("[a:b:5]: x", 20, "5 a: x;20 b: x")]
    [InlineData("([a:b:5]", 20, "5 (a;20 (b")]
    [InlineData("(x [a:b:5] y)", 20, "5 (x a y);20 (x b y)")]
    [InlineData("[a [x:y:2] b]", 10, "2 [a x b];10 [a y b]")]
    [InlineData("(a] [x:y:2]", 10, "2 (a] x;10 (a] y")]
    [InlineData("[a:b:5] x|y", 20, "20 [a:b:5] x|y")]
    [InlineData("(a|b) [c:d:5]", 20, "20 (a|b) [c:d:5]")]
    [InlineData("[a|b [c:d:5]", 20, "20 [a|b [c:d:5]")]
    [InlineData("[a:b|c:5]", 20, "20 [a:b|c:5]")]
    [InlineData(@"[a:b:5] x\|y", 20, @"5 a x\|y;20 b x\|y")]
    [InlineData(@"[a\:b:c:5]", 20, @"5 a\:b;20 c")]
    [InlineData("[a:b:5] \\", 20, "20 [a:b:5] \\")]
    [InlineData("[a:b:5] \\\nx", 20, "20 [a:b:5] \\\nx")]
    [InlineData("[a|b]", 3, "1 a;2 b;3 a")]
    [InlineData("[a | b]", 2, "1 a ;2  b")]
    [InlineData("[|]", 2, "1 ;2 ")]
    [InlineData("[a|[b:c:2]]", 4, "1 a;2 b;3 a;4 c")]
    [InlineData("[[a|b]:c:2]", 4, "1 a;2 b;3 c;4 c")]
    [InlineData("([a|b]", 2, "1 (a;2 (b")]
    [InlineData("[a]", 4, "4 [a]")]
    [InlineData("", 4, "4 ")]
    public void Parse_Prompt_GivesTheTextsOfTheSteps(string prompt, int steps, string expected) =>
        Assert.Equal(expected, Show(PromptSchedule.Parse(prompt, new() { Steps = steps })));

    [Theory]
    [InlineData("[a:b:0.5]", "10 b")]
    [InlineData("[a:b:1.5]", "5 a;10 b")]
    [InlineData("[a:b:25]", "5 a;10 b")]
    [InlineData("[a:b:5]", "10 b")]
    [InlineData("[a:b:2.0]", "10 a")]
    public void Parse_SecondPass_CountsOnFromTheFirst(string prompt, string expected) =>
        Assert.Equal(expected, Show(PromptSchedule.Parse(prompt, new() { Steps = 20, HiresSteps = 10 })));

    [Theory]
    [InlineData("[a:b:0.5]", "10 a;20 b")]
    [InlineData("[a:b:1.5]", "1 a;20 b")]
    [InlineData("[a:b:5e-1]", "10 a;20 b")]
    [InlineData("[a:b:15]", "15 a;20 b")]
    public void Parse_OldTimelines_AreTheSameInBothPasses(string prompt, string expected)
    {
        Assert.Equal(expected, Show(PromptSchedule.Parse(prompt, new() { Steps = 20, OldTimelines = true })));
        Assert.Equal(expected, Show(PromptSchedule.Parse(prompt, new() { Steps = 20, HiresSteps = 10, OldTimelines = true })));
    }

    [Fact]
    public void Parse_TagRemovedFromAGroup_LeavesAnEmptyText()
    {
        var prompt = ExtraNetworkTags.Parse("[<lora:x:1>:0.5] a").Prompt;
        Assert.Equal("5  a;10  a", Show(PromptSchedule.Parse(prompt, new() { Steps = 10 })));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(10, 0)]
    [InlineData(11, 1)]
    [InlineData(20, 1)]
    [InlineData(21, 0)]
    public void IndexAt_Call_IsTheFirstEndNotPassedAndThenTheFirst(int call, int expected) =>
        Assert.Equal(expected, PromptSchedule.IndexAt([10, 20], call));

    [Fact]
    public void IndexAt_Alternation_UsesTheFirstTwice()
    {
        var ends = PromptSchedule.Parse("[a|b]", new() { Steps = 4 });
        var used = Enumerable.Range(0, 5).Select(call => ends[PromptSchedule.IndexAt([.. ends.Select(entry => entry.EndStep)], call)].Text);
        Assert.Equal("aabab", string.Concat(used));
    }

    private static string Show(IEnumerable<ScheduledText> schedule) => string.Join(';', schedule.Select(entry => $"{entry.EndStep} {entry.Text}"));
}
