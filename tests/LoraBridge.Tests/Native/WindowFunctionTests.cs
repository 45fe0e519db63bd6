using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace LoraBridge.Tests.Native;

public class WindowFunctionTests
{
    [Fact]
    public void AvgPool2d_AgainstLoops_AgreesBothWays()
    {
        OperatorCheck.Agrees(x => F.avg_pool2d(x[0], 2), x => Pool(x[0], 2, 4, 6, 2, 2, 0, window => window.Sum() / 4), [1, 2, 4, 6]);
        OperatorCheck.Agrees(x => F.avg_pool2d(x[0], 3, stride: 2, padding: 1), x => Pool(x[0], 2, 5, 6, 3, 2, 1, window => window.Sum() / 9), [1, 2, 5, 6]);
        OperatorCheck.Agrees(x => F.avg_pool2d(x[0], (3, 3), (2, 2), (1, 1), count_include_pad: false),
            x => Pool(x[0], 2, 5, 6, 3, 2, 1, window => window.Average()), [1, 2, 5, 6]);
        OperatorCheck.Agrees(x => F.avg_pool2d(x[0], new long[] { 2, 2 }, divisor_override: 3), x => Pool(x[0], 2, 4, 4, 2, 2, 0, window => window.Sum() / 3), [1, 2, 4, 4]);
    }

    [Fact]
    public void MaxPool2d_AgainstLoops_AgreesBothWays()
    {
        OperatorCheck.Agrees(x => F.max_pool2d(x[0], 2), x => Pool(x[0], 2, 4, 6, 2, 2, 0, window => window.Max()), [1, 2, 4, 6]);
        OperatorCheck.Agrees(x => F.max_pool2d(x[0], 3, stride: 2, padding: 1), x => Pool(x[0], 2, 5, 6, 3, 2, 1, window => window.Max()), [1, 2, 5, 6]);
        OperatorCheck.Agrees(x => F.max_pool2d(x[0], (3, 3), (1, 1)), x => Pool(x[0], 2, 4, 4, 3, 1, 0, window => window.Max()), [1, 2, 4, 4]);
    }

    [Fact]
    public void AdaptiveAvgPool2d_ToOne_TakesTheMean() =>
        OperatorCheck.Agrees(x => F.adaptive_avg_pool2d(x[0], 1), x => [x[0][..12].Average(), x[0][12..].Average()], [1, 2, 3, 4]);

    [Fact]
    public void AdaptiveAvgPool2d_ToAPair_TakesHeightThenWidth()
    {
        using var scope = NewDisposeScope();
        var y = F.adaptive_avg_pool2d(arange(8, dtype: float32).view(1, 1, 2, 4), (1, 2));
        Assert.Equal([2.5, 4.5], OperatorCheck.Elements(y));
    }

    [Theory]
    [InlineData(PaddingModes.Constant)]
    [InlineData(PaddingModes.Zeros)]
    [InlineData(PaddingModes.Reflect)]
    [InlineData(PaddingModes.Replicate)]
    [InlineData(PaddingModes.Circular)]
    public void Pad_InEachMode_AgreesBothWays(PaddingModes mode)
    {
        const int height = 4, width = 5, left = 1, right = 2, top = 2, bottom = 1;
        const double value = 0.5;
        int? Source(int at, int length) => mode switch
        {
            PaddingModes.Reflect => at < 0 ? -at : at >= length ? 2 * length - 2 - at : at,
            PaddingModes.Replicate => Math.Clamp(at, 0, length - 1),
            PaddingModes.Circular => (at + length) % length,
            _ => at < 0 || at >= length ? null : at,
        };
        double[] Plain(double[][] x) =>
            [.. from plane in Enumerable.Range(0, 2)
                from h in Enumerable.Range(-top, height + top + bottom)
                from w in Enumerable.Range(-left, width + left + right)
                select Source(h, height) is { } row && Source(w, width) is { } column ? x[0][(plane * height + row) * width + column] : value];

        OperatorCheck.Agrees(x => F.pad(x[0], (left, right, top, bottom), mode, value), Plain, [1, 2, height, width]);
    }

    [Fact]
    public void Pad_WithTwoNumbers_PadsTheLastDimension()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([2, 6], F.pad(zeros(2, 3), (1, 2)).shape);
        Assert.Equal([3, 3], F.pad(zeros(2, 3), new long[] { 0, 0, 0, 1 }).shape);
    }

    [Fact]
    public void PixelShuffle_AgainstLoops_AgreesBothWaysAndBack()
    {
        const int channels = 2, size = 3, factor = 2;
        double[] Plain(double[][] x) =>
            [.. from c in Enumerable.Range(0, channels)
                from h in Enumerable.Range(0, size * factor)
                from w in Enumerable.Range(0, size * factor)
                let source = (c * factor + h % factor) * factor + w % factor
                select x[0][(source * size + h / factor) * size + w / factor]];

        OperatorCheck.Agrees(x => F.pixel_shuffle(x[0], factor), Plain, [1, channels * factor * factor, size, size]);
        OperatorCheck.Agrees(x => F.pixel_unshuffle(F.pixel_shuffle(x[0], factor), factor), x => [.. x[0]], [1, channels * factor * factor, size, size]);
    }

    [Fact]
    public void GridSample_Bilinear_AgreesBothWays()
    {
        const int height = 3, width = 4;
        double[] Plain(double[][] x)
        {
            var y = new double[6];
            for (var i = 0; i < 6; i++)
            {
                var (column, row) = (((x[1][2 * i] + 1) * width - 1) / 2, ((x[1][2 * i + 1] + 1) * height - 1) / 2);
                for (var h = 0; h < height; h++)
                    for (var w = 0; w < width; w++)
                        y[i] += x[0][h * width + w] * Math.Max(0, 1 - Math.Abs(column - w)) * Math.Max(0, 1 - Math.Abs(row - h));
            }
            return y;
        }

        OperatorCheck.Agrees(x => F.grid_sample(x[0], x[1], align_corners: false), Plain, [1, 1, height, width], [1, 2, 3, 2]);
    }

    [Fact]
    public void GridSample_OutsideTheImage_ObeysItsPadding()
    {
        using var scope = NewDisposeScope();
        var image = tensor(new[] { 1.0, 2, 3, 4 }).view(1, 1, 2, 2);
        var beyond = tensor(new[] { 1.9, 1.9 }).view(1, 1, 1, 2);                // pixel 2.4 both ways
        Assert.Equal(0, F.grid_sample(image, tensor(new[] { 5.0, 5.0 }).view(1, 1, 1, 2), align_corners: false).ToDouble());
        Assert.Equal(4, F.grid_sample(image, beyond, padding_mode: GridSamplePaddingMode.Border, align_corners: false).ToDouble());
        // mirrored at the edge to 0.6: a mixture of the four pixels
        Assert.Equal(2.8, F.grid_sample(image, beyond, padding_mode: GridSamplePaddingMode.Reflection, align_corners: false).ToDouble(), 1e-9);
        var near = tensor(new[] { -0.6, 0.4 }).view(1, 1, 1, 2);
        Assert.Equal(3, F.grid_sample(image, near, GridSampleMode.Nearest, align_corners: false).ToDouble());
    }

    [Fact]
    public void Unfold_AgainstLoops_AgreesBothWays()
    {
        const int channels = 2, size = 4, kernel = 3, padding = 1, stride = 2, windows = 2;
        double[] Plain(double[][] x) =>
            [.. from c in Enumerable.Range(0, channels)
                from kh in Enumerable.Range(0, kernel)
                from kw in Enumerable.Range(0, kernel)
                from h in Enumerable.Range(0, windows)
                from w in Enumerable.Range(0, windows)
                let row = h * stride - padding + kh
                let column = w * stride - padding + kw
                select row is < 0 or >= size || column is < 0 or >= size ? 0 : x[0][(c * size + row) * size + column]];

        OperatorCheck.Agrees(x => F.unfold(x[0], kernel, padding: padding, stride: stride), Plain, [1, channels, size, size]);
    }

    private static double[] Pool(double[] x, int planes, int height, int width, int kernel, int stride, int padding, Func<IEnumerable<double>, double> reduce) =>
        [.. from plane in Enumerable.Range(0, planes)
            from h in Enumerable.Range(0, (height + 2 * padding - kernel) / stride + 1)
            from w in Enumerable.Range(0, (width + 2 * padding - kernel) / stride + 1)
            select reduce(from row in Enumerable.Range(h * stride - padding, kernel)
                          from column in Enumerable.Range(w * stride - padding, kernel)
                          where row >= 0 && row < height && column >= 0 && column < width
                          select x[(plane * height + row) * width + column])];
}
