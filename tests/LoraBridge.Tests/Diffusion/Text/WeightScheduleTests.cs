using LoraBridge.Diffusion.Text;

namespace LoraBridge.Tests.Diffusion.Text;

public sealed class WeightScheduleTests
{
    [Theory]
    [InlineData("", 0, 1)]
    [InlineData("", 1, 1)]
    [InlineData("start=0.5", 0.49, 0)]
    [InlineData("start=0.5", 0.5, 1)]
    [InlineData("start=0.5", 1, 1)]
    [InlineData("stop=0.5", 0.49, 1)]
    [InlineData("stop=0.5", 0.5, 0)]
    [InlineData("start=0.2:stop=0.6:from=0:to=2", 0.1, 0)]
    [InlineData("start=0.2:stop=0.6:from=0:to=2", 0.2, 0)]
    [InlineData("start=0.2:stop=0.6:from=0:to=2", 0.4, 1)]
    [InlineData("start=0.2:stop=0.6:from=0:to=2", 0.6, 0)]
    [InlineData("from=0", 0.25, 0.25)]
    [InlineData("from=0", 1, 1)]
    [InlineData("to=0", 0.25, 0.75)]
    [InlineData("from=2:to=2", 0.3, 2)]
    [InlineData("from=-1:to=1", 0.5, 0)]
    public void At_Fraction_IsOnTheLineInsideTheWindow(string arguments, double fraction, double expected) =>
        Assert.Equal(expected, Read(arguments).At(fraction), 1e-12);

    [Theory]
    [InlineData("", true)]
    [InlineData("from=0.5:to=0.5", true)]
    [InlineData("to=0.5", false)]
    [InlineData("stop=0.9", false)]
    [InlineData("start=0.1", false)]
    public void IsConstant_Schedule_IsOneWeightInTheWholeRun(string arguments, bool expected) => Assert.Equal(expected, Read(arguments).IsConstant);

    [Theory]
    [InlineData("start=10", "start=0.5")]
    [InlineData("stop=-0.1", "from 0 to 1")]
    [InlineData("start=", "''")]
    [InlineData("stop=nan", "'nan'")]
    [InlineData("from=x", "its from 'x'")]
    [InlineData("to=1e999", "its to '1e999'")]
    [InlineData("start=0.5:stop=0.5", "start 0.5 is not below its stop 0.5")]
    [InlineData("start=1", "start 1 is not below its stop 1")]
    public void Read_MalformedArgument_DropsTheTagAndSaysTheCure(string arguments, string reason)
    {
        var warnings = new List<PromptWarning>();
        Assert.Empty(ExtraNetworkTags.Parse($"<lora:x:1:{arguments}>").Loras(warnings));
        Assert.Contains(reason, Assert.Single(warnings).Reason);
    }

    private static WeightSchedule Read(string arguments)
    {
        var warnings = new List<PromptWarning>();
        var tag = Assert.Single(ExtraNetworkTags.Parse(arguments.Length == 0 ? "<lora:x:0.5>" : $"<lora:x:0.5:{arguments}>").Loras(warnings));
        Assert.Empty(warnings);
        Assert.Equal(0.5, tag.UNetWeight);
        return tag.Schedule;
    }
}
