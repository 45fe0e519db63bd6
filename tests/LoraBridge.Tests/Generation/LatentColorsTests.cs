using LoraBridge.Diffusion.Models;
using LoraBridge.Generation;
using LoraBridge.Imaging;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Generation;

public sealed class LatentColorsTests
{
    [Fact]
    public void LeastSquares_OfALine_FindsIt()
    {
        var random = new Random(3);
        float[][] rows = [.. Enumerable.Range(0, 50).Select(_ => new[] { random.NextSingle(), random.NextSingle(), 1 })];
        var weights = LeastSquares.Solve(rows, [.. rows.Select(row => 3.0 * row[0] - 2 * row[1] + 0.5)]);
        Assert.All(weights.Zip([3.0, -2, 0.5]), pair => Assert.Equal(pair.Second, pair.First, 1e-5));
    }

    [Fact]
    public void LeastSquares_OfInputsThatSayTheSame_SharesTheWeight()
    {
        float[][] rows = [[1, 1], [2, 2], [3, 3]];
        var weights = LeastSquares.Solve(rows, [2, 4, 6]);
        Assert.Equal(2, weights.Sum(), 1e-5);
    }

    [Fact]
    public void Paint_WhereColoursAreLinear_IsExact()
    {
        using var scope = NewDisposeScope();
        var colors = LatentColors.Fit(4, Decode);
        manual_seed(2);
        var latents = randn([1, 4, 12, 16], dtype: float32, device: CPU);
        var painted = colors.Paint(latents);
        Assert.Equal((16, 12), (painted.Width, painted.Height));
        var expected = Decode(latents).Resized(16, 12, ResizeFilter.Nearest);
        Assert.InRange(expected.Pixels.Zip(painted.Pixels, (a, b) => Math.Abs(a - b)).Max(), 0, 1);

        Picture Decode(Tensor x)
        {
            var map = tensor(new float[] { 0.05f, 0.1f, -0.02f, 0.03f, -0.04f, 0.06f, 0.01f, 0.02f, 0.03f, 0, -0.05f, 0.04f }, [3, 4, 1, 1]);
            var bias = tensor(new[] { 0.1f, 0f, -0.2f });
            return PictureTensor.ToPicture(nn.functional.interpolate(nn.functional.conv2d(x, map, bias), scale_factor: [8, 8]));
        }
    }

    [Fact]
    public void Fit_ToAnAutoencoder_IsNearerThanOneColour()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = StableDiffusionModel.Load(Pipelines.TinyModel, new() { ComputeType = ComputeType.Float32 });
        var codec = new LatentCodec(model);
        var colors = LatentColors.Fit(model, codec);
        manual_seed(2);
        var latents = nn.functional.interpolate(randn([1, 4, 4, 6], dtype: float32, device: CPU), size: [16, 24]);
        var decoded = codec.Decode(latents, tiled: false).Resized(24, 16, ResizeFilter.Box);
        var painted = colors.Paint(latents);
        // a decoder of random weights has little colour to find, but some
        Assert.True(Error(decoded.Pixels, painted.Pixels.Select(value => (double)value)) < Error(decoded.Pixels, Enumerable.Repeat(decoded.Pixels.Average(value => (double)value), decoded.Pixels.Length)));
    }

    private static double Error(IEnumerable<byte> exact, IEnumerable<double> near) => exact.Zip(near, (a, b) => (a - b) * (a - b)).Average();
}
