using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.Settings;

public sealed class PythonFormatTests
{
    [Theory]
    [InlineData(1.0, "1.0")]
    [InlineData(0.0, "0.0")]
    [InlineData(-0.0, "-0.0")]
    [InlineData(0.1, "0.1")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(0.00001, "1e-05")]
    [InlineData(0.00015, "0.00015")]
    [InlineData(1.5e-5, "1.5e-05")]
    [InlineData(2e-6, "2e-06")]
    [InlineData(1e-8, "1e-08")]
    [InlineData(1e-100, "1e-100")]
    [InlineData(-2.5, "-2.5")]
    [InlineData(123456789.0, "123456789.0")]
    [InlineData(1e15, "1000000000000000.0")]
    [InlineData(1e16, "1e+16")]
    [InlineData(1.25e22, "1.25e+22")]
    [InlineData(1.0 / 3, "0.3333333333333333")]
    [InlineData(0.30000000000000004, "0.30000000000000004")]
    [InlineData(100.0, "100.0")]
    [InlineData(double.NaN, "nan")]
    [InlineData(double.NegativeInfinity, "-inf")]
    public void Float_IsTheShortestThatReadsBack(double value, string expected) => Assert.Equal(expected, PythonFormat.Of(value));

    [Fact]
    public void Nothing_IsNone() => Assert.Equal(["None", "None", "None"], [PythonFormat.Of((double?)null), PythonFormat.Of((long?)null), PythonFormat.Of((string?)null)]);

    [Fact]
    public void Truth_HasACapital() => Assert.Equal(("True", "False"), (PythonFormat.Of(true), PythonFormat.Of(false)));

    [Fact]
    public void Tuple_HasBracketsAndSpaces() => Assert.Equal(("(512, 768)", "(1,)"), (PythonFormat.Tuple(512, 768), PythonFormat.Tuple(1)));

    [Fact]
    public void Json_EscapesWhatIsNotAscii() =>
        Assert.Equal("""{"a\"b": "\u98ce\u683c", "c": "x\\y\n"}""", PythonFormat.Json([new("a\"b", "风格"), new("c", "x\\y\n")]));
}
