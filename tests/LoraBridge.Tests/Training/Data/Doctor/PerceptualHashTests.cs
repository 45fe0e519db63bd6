using LoraBridge.Imaging;
using LoraBridge.Training.Data.Doctor;

namespace LoraBridge.Tests.Training.Data.Doctor;

public sealed class PerceptualHashTests
{
    [Fact]
    public void Distance_ScaledCompressedOrLit_IsSmall()
    {
        for (var seed = 0; seed < 10; seed++)
        {
            var picture = PictureFolder.Drawn(200, 150, seed);
            var hash = PerceptualHash.Of(picture);
            var lit = new Picture(200, 150, 3, Array.ConvertAll(picture.Pixels, value => (byte)Math.Min(255, value * 0.9 + 8)));
            var noisy = new Picture(200, 150, 3, [.. picture.Pixels.Select((value, i) => (byte)Math.Clamp(value + i * 7919 % 13 - 6, 0, 255))]);
            Assert.All([picture.Resized(90, 70), picture.Resized(400, 300), lit, noisy], other => Assert.InRange(hash.Distance(PerceptualHash.Of(other)), 0, 6));
        }
    }

    [Fact]
    public void Distance_OtherPictures_IsGreat()
    {
        var hashes = Enumerable.Range(0, 30).Select(seed => PerceptualHash.Of(PictureFolder.Drawn(128, 128, seed))).ToList();
        for (var i = 0; i < hashes.Count; i++)
        {
            for (var j = 0; j < i; j++) Assert.InRange(hashes[i].Distance(hashes[j]), 16, 64);
        }
    }

    [Fact]
    public void Of_Ramp_IsWhatItSays()
    {
        var brighter = new Picture(90, 80, 1);
        for (var y = 0; y < 80; y++)
        {
            for (var x = 0; x < 90; x++) brighter.Row(y)[x] = (byte)(2 * x);
        }
        Assert.Equal(ulong.MaxValue, PerceptualHash.Of(brighter).Gradient);
        Assert.Equal(0UL, PerceptualHash.Of(brighter.FlippedHorizontally()).Gradient);
        Assert.Equal(64, PerceptualHash.Of(brighter).Distance(PerceptualHash.Of(brighter.FlippedHorizontally())));
    }
}
