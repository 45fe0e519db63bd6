using LoraBridge.Imaging;

namespace LoraBridge.Tests.Imaging;

public sealed class PictureBlurTests
{
    [Theory]
    [InlineData(4, 4)]
    [InlineData(1, 7)]
    [InlineData(0, 2)]
    public void Blurred_IsTheGaussianOfThePicture(int sigmaX, int sigmaY)
    {
        var picture = TestPictures.Noise(13, 9, channels: 1);
        var blurred = picture.Blurred(sigmaX, sigmaY);
        for (var y = 0; y < 9; y++)
            for (var x = 0; x < 13; x++)
            {
                // rounded twice, once for each axis
                Assert.InRange(blurred.Row(y)[x] - Plain(picture, x, y, sigmaX, sigmaY), -1.01, 1.01);
            }
    }

    [Fact]
    public void Blurred_AStep_IsHalfInTheMiddleAndReachesTwoAndAHalfSigma()
    {
        var step = TestPictures.Mask(80, 3, new(40, 0, 80, 3)).Blurred(4, 4).Row(1).ToArray();
        Assert.Equal(0, step[40 - 11]);
        Assert.True(step[40 - 10] > 0);
        Assert.Equal(255, step[39 + 11]);
        Assert.InRange(step[39] + step[40], 254, 256);
        Assert.Equal(step.Order(), step);
    }

    [Fact]
    public void Blurred_ByNothing_IsThePicture()
    {
        var picture = TestPictures.Noise(3, 3);
        Assert.Same(picture, picture.Blurred(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => picture.Blurred(-1, 0));
    }

    [Fact]
    public void Blurred_APictureSmallerThanTheKernel_IsMirroredAgainAndAgain()
    {
        var flat = new Picture(2, 1, 1, [100, 100]).Blurred(30, 30);
        Assert.Equal([100, 100], flat.Pixels);
    }

    [Theory]
    [InlineData(0.4)]
    [InlineData(2)]
    [InlineData(16)]
    public void BoxBlur_OfAPoint_HasTheGaussiansWidth(double sigma)
    {
        const int Width = 301;
        var samples = new float[Width];
        samples[Width / 2] = 1;
        BoxBlur.Apply(samples, Width, 1, 1, sigma);
        Assert.Equal(1, samples.Sum(), 4);
        var variance = samples.Index().Sum(at => at.Item * Math.Pow(at.Index - Width / 2, 2));
        Assert.Equal(sigma * sigma, variance, 0.01 * sigma * sigma);
    }

    [Fact]
    public void BoxBlur_AtTheEdges_RepeatsThem()
    {
        float[] samples = [.. Enumerable.Repeat(7f, 12)];
        BoxBlur.Apply(samples, 3, 2, 2, 5);
        Assert.All(samples, value => Assert.Equal(7, value, 4));
    }

    private static double Plain(Picture picture, int x, int y, int sigmaX, int sigmaY)
    {
        double sum = 0, weights = 0;
        var (reachX, reachY) = ((int)(2.5 * sigmaX + 0.5), (int)(2.5 * sigmaY + 0.5));
        for (var dy = -reachY; dy <= reachY; dy++)
            for (var dx = -reachX; dx <= reachX; dx++)
            {
                var weight = (sigmaX == 0 ? 1 : Math.Exp(-dx * dx / (2.0 * sigmaX * sigmaX))) * (sigmaY == 0 ? 1 : Math.Exp(-dy * dy / (2.0 * sigmaY * sigmaY)));
                sum += weight * picture.Row(Mirrored(y + dy, picture.Height))[Mirrored(x + dx, picture.Width)];
                weights += weight;
            }
        return sum / weights;
    }

    // ... c b | a b c d | c b a ...
    private static int Mirrored(int i, int length)
    {
        while (i < 0 || i >= length) i = i < 0 ? -i : 2 * (length - 1) - i;
        return i;
    }
}
