using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.Settings;

public sealed class SettingTextTests
{
    [Theory]
    [InlineData(0.0002, "0.0002")]
    [InlineData(1e-5, "0.00001")]
    [InlineData(1.5e-6, "0.0000015")]
    [InlineData(1e-8, "1.0e-08")]
    [InlineData(1.0 / 3, "0.3333333333333333")]
    [InlineData(1e20, "1.0e+20")]
    [InlineData(-4, "-4")]
    public void Number_IsTakenForOneByEveryReader(double number, string expected)
    {
        Assert.Equal(expected, SettingText.Number(number));
        Assert.Equal(number, double.Parse(expected, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Values_AreWrittenAsInSettings() =>
        Assert.Equal(["none", "true", "AdamW8bit", "[1, 2]", "10%"],
            new object?[] { null, true, OptimizerKind.AdamW8bit, new[] { 1, 2 }, StepAmount.Share(0.1) }.Select(SettingText.Of));
}
