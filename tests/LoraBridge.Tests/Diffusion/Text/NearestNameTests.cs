using LoraBridge.Diffusion.Text;

namespace LoraBridge.Tests.Diffusion.Text;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("oil paintng", "oil painting")]
    [InlineData("OIL PAINTING", "oil painting")]
    [InlineData("photo", null)]
    [InlineData("photos", "photo 2")]
    [InlineData("sketch", null)]
    [InlineData("", null)]
    public void Of_Name_IsTheNearestOrNone(string name, string? expected) =>
        Assert.Equal(expected, NearestName.Of(name, ["oil painting", "oil sprinting", "photo 23", "photo 2"]));
}
