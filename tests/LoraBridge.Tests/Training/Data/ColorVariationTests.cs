using LoraBridge.Imaging;
using LoraBridge.Training.Data;

namespace LoraBridge.Tests.Training.Data;

public sealed class ColorVariationTests
{
    [Theory]
    [InlineData(120, 255, 0, 0, 0, 255, 0)]
    [InlineData(-120, 255, 0, 0, 0, 0, 255)]
    [InlineData(60, 255, 0, 0, 255, 255, 0)]
    [InlineData(180, 200, 100, 100, 100, 200, 200)]
    [InlineData(16, 255, 0, 0, 255, 68, 0)]
    [InlineData(-16, 255, 0, 0, 255, 0, 68)]
    [InlineData(15, 77, 77, 77, 77, 77, 77)]
    [InlineData(0, 12, 200, 99, 12, 200, 99)]
    public void TurnHue_Color_TurnsOnTheWheel(double degrees, byte r, byte g, byte b, byte newR, byte newG, byte newB) =>
        Assert.Equal([newR, newG, newB], ColorVariation.TurnHue(new(1, 1, 3, [r, g, b]), degrees).Pixels);

    [Fact]
    public void TurnHue_ThereAndBack_IsTheSame()
    {
        var picture = PictureFolder.Drawn(32, 32, 1);
        var back = ColorVariation.TurnHue(ColorVariation.TurnHue(picture, 16), -16);
        for (var i = 0; i < picture.Pixels.Length; i++) Assert.InRange(back.Pixels[i] - picture.Pixels[i], -2, 2);
    }

    [Fact]
    public void ChangeGamma_Middle_Moves()
    {
        Assert.Equal([0, 120, 255], ColorVariation.ChangeGamma(new(1, 1, 3, [0, 128, 255]), Math.Log(120 / 255.0) / Math.Log(128 / 255.0)).Pixels);
        Assert.Equal([0, 128, 255], ColorVariation.ChangeGamma(new(1, 1, 3, [0, 128, 255]), 1).Pixels);
    }

    [Fact]
    public void Apply_Seeds_ChangeAThird()
    {
        var picture = new Picture(1, 1, 3, [180, 90, 20]);
        var changed = Enumerable.Range(0, 3000).Select(seed => ColorVariation.Apply(picture, RandomSequence.For(seed).NextUInt64()).Pixels).Where(pixels => !pixels.SequenceEqual(picture.Pixels)).ToList();
        Assert.InRange(changed.Count / 3000.0, 0.28, 0.36);
        // hue keeps the greatest and the least, gamma changes both ways
        Assert.Contains(changed, pixels => pixels[0] == 180 && pixels[2] == 20);
        Assert.Contains(changed, pixels => pixels[0] > 180);
        Assert.Contains(changed, pixels => pixels[0] < 180);
    }
}
