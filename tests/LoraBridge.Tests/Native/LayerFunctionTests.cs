using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace LoraBridge.Tests.Native;

public class LayerFunctionTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Linear_AgainstLoops_AgreesBothWays(bool withBias)
    {
        const int rows = 6, inputs = 4, outputs = 3;
        double[] Plain(double[][] x) => [.. from row in Enumerable.Range(0, rows)
                                            from o in Enumerable.Range(0, outputs)
                                            select (withBias ? x[2][o] : 0) + Enumerable.Range(0, inputs).Sum(i => x[0][row * inputs + i] * x[1][o * inputs + i])];

        if (withBias) OperatorCheck.Agrees(x => F.linear(x[0], x[1], x[2]), Plain, [2, 3, inputs], [outputs, inputs], [outputs]);
        else OperatorCheck.Agrees(x => F.linear(x[0], x[1]), Plain, [2, 3, inputs], [outputs, inputs]);
    }

    [Theory]
    [InlineData(1, 0, 1, 1)]
    [InlineData(2, 1, 1, 1)]
    [InlineData(1, 2, 2, 1)]
    [InlineData(2, 1, 1, 2)]
    public void Conv2d_AgainstLoops_AgreesBothWays(int stride, int padding, int dilation, int groups)
    {
        const int batch = 2, channels = 4, height = 6, width = 5, filters = 4, kernel = 3;
        double[] Plain(double[][] x) => Convolve(x[0], x[1], x[2], (batch, channels, height, width), (filters, kernel, kernel), stride, padding, dilation, groups);

        OperatorCheck.Agrees(x => F.conv2d(x[0], x[1], x[2], [stride, stride], [padding, padding], [dilation, dilation], groups), Plain,
            [batch, channels, height, width], [filters, channels / groups, kernel, kernel], [filters]);
    }

    [Fact]
    public void Conv2d_WithDefaults_HasStrideOneAndNoPadding()
    {
        double[] Plain(double[][] x) => Convolve(x[0], x[1], null, (1, 2, 4, 4), (3, 3, 3), 1, 0, 1, 1);

        OperatorCheck.Agrees(x => F.conv2d(x[0], x[1]), Plain, [1, 2, 4, 4], [3, 2, 3, 3]);
    }

    [Fact]
    public void Conv1d_AgainstLoops_AgreesBothWays()
    {
        double[] Plain(double[][] x) => Convolve(x[0], x[1], x[2], (2, 3, 1, 7), (2, 1, 3), 2, 1, 1, 1);

        OperatorCheck.Agrees(x => F.conv1d(x[0], x[1], x[2], stride: 2, padding: 1), Plain, [2, 3, 7], [2, 3, 3], [2]);
    }

    [Fact]
    public void ConvTranspose2d_AgainstLoops_AgreesBothWays()
    {
        const int channels = 2, filters = 3, size = 3, kernel = 3, stride = 2, padding = 1, outputPadding = 1;
        const int grown = (size - 1) * stride - 2 * padding + kernel + outputPadding;
        double[] Plain(double[][] x)
        {
            var y = new double[filters * grown * grown];
            for (var o = 0; o < filters; o++)
                for (var i = 0; i < grown * grown; i++) y[o * grown * grown + i] = x[2][o];
            foreach (var (c, o, h, w, kh, kw) in
                from c in Enumerable.Range(0, channels)
                from o in Enumerable.Range(0, filters)
                from h in Enumerable.Range(0, size)
                from w in Enumerable.Range(0, size)
                from kh in Enumerable.Range(0, kernel)
                from kw in Enumerable.Range(0, kernel)
                select (c, o, h, w, kh, kw))
            {
                var (row, column) = (h * stride - padding + kh, w * stride - padding + kw);
                if (row is < 0 or >= grown || column is < 0 or >= grown) continue;
                y[(o * grown + row) * grown + column] += x[0][(c * size + h) * size + w] * x[1][((c * filters + o) * kernel + kh) * kernel + kw];
            }
            return y;
        }

        OperatorCheck.Agrees(x => F.conv_transpose2d(x[0], x[1], x[2], [stride, stride], [padding, padding], [outputPadding, outputPadding]), Plain,
            [1, channels, size, size], [channels, filters, kernel, kernel], [filters]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void GroupNorm_AgainstLoops_AgreesBothWays(bool affine)
    {
        const int batch = 2, channels = 6, positions = 4, groups = 3;
        const double eps = 1e-4;
        double[] Plain(double[][] x)
        {
            var y = new double[x[0].Length];
            const int size = channels / groups * positions;
            for (var start = 0; start < y.Length; start += size)
            {
                var (mean, deviation) = Moments(x[0].AsSpan(start, size), eps);
                for (var i = start; i < start + size; i++)
                {
                    var channel = i / positions % channels;
                    y[i] = (x[0][i] - mean) / deviation * (affine ? x[1][channel] : 1) + (affine ? x[2][channel] : 0);
                }
            }
            return y;
        }

        if (affine) OperatorCheck.Agrees(x => F.group_norm(x[0], groups, x[1], x[2], eps), Plain, [batch, channels, 2, 2], [channels], [channels]);
        else OperatorCheck.Agrees(x => F.group_norm(x[0], groups, eps: eps), Plain, [batch, channels, 2, 2]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void LayerNorm_AgainstLoops_AgreesBothWays(bool affine)
    {
        const int width = 6;
        const double eps = 1e-3;
        double[] Plain(double[][] x)
        {
            var y = new double[x[0].Length];
            for (var start = 0; start < y.Length; start += width)
            {
                var (mean, deviation) = Moments(x[0].AsSpan(start, width), eps);
                for (var i = 0; i < width; i++) y[start + i] = (x[0][start + i] - mean) / deviation * (affine ? x[1][i] : 1) + (affine ? x[2][i] : 0);
            }
            return y;
        }

        if (affine) OperatorCheck.Agrees(x => F.layer_norm(x[0], [2, 3], x[1], x[2], eps), Plain, [4, 2, 3], [2, 3], [2, 3]);
        else OperatorCheck.Agrees(x => F.layer_norm(x[0], [2, 3], eps: eps), Plain, [4, 2, 3]);
    }

    [Fact]
    public void Normalize_OverChannels_DividesByTheirLength()
    {
        double[] Plain(double[][] x)
        {
            var y = new double[x[0].Length];
            for (var b = 0; b < 2; b++)
                for (var p = 0; p < 4; p++)
                {
                    var length = Math.Sqrt(Enumerable.Range(0, 3).Sum(c => Math.Pow(x[0][(b * 3 + c) * 4 + p], 2)));
                    for (var c = 0; c < 3; c++) y[(b * 3 + c) * 4 + p] = x[0][(b * 3 + c) * 4 + p] / length;
                }
            return y;
        }

        OperatorCheck.Agrees(x => F.normalize(x[0]), Plain, [2, 3, 4]);
    }

    [Fact]
    public void Normalize_OfZeros_StaysZero()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(0, F.normalize(zeros(2, 3)).abs().sum().ToDouble());
    }

    [Fact]
    public void OneHot_OfClasses_HasAOneEach()
    {
        using var scope = NewDisposeScope();
        var classes = tensor(new long[] { 2, 0, 1 });
        Assert.Equal([0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0], OperatorCheck.Elements(F.one_hot(classes, 4)).Select(value => (int)value));
        Assert.Equal([3, 3], F.one_hot(classes).shape);
    }

    [Fact]
    public void Dropout_InTraining_ScalesWhatItKeeps()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var x = ones(10_000).requires_grad_();
        var y = F.dropout(x, 0.25);
        var values = OperatorCheck.Elements(y);
        Assert.All(values, value => Assert.True(value is 0 || Math.Abs(value - 4.0 / 3) < 1e-6));
        Assert.InRange(values.Count(value => value == 0), 2300, 2700);
        y.sum().backward();
        Assert.Equal(values, OperatorCheck.Elements(x.grad!));
    }

    [Fact]
    public void Dropout_OutsideTraining_ChangesNothing()
    {
        using var scope = NewDisposeScope();
        var x = randn(20);
        using var y = F.dropout(x, 0.9, training: false);
        TensorAssert.Same(x, y);
        Assert.NotSame(x, y);
    }

    [Fact]
    public void Dropout_InPlace_ChangesItsInput()
    {
        using var scope = NewDisposeScope();
        var x = ones(100);
        var y = F.dropout(x, 1, inplace: true);
        Assert.Equal(0, x.sum().ToDouble());
        Assert.Equal(0, y.sum().ToDouble());
    }

    [Fact]
    public void GroupNorm_WithGroupsThatDoNotDivide_Throws()
    {
        using var scope = NewDisposeScope();
        Assert.ThrowsAny<Exception>(() => F.group_norm(randn(1, 6, 2, 2), 4));
    }

    private static double[] Convolve(double[] x, double[] weight, double[]? bias, (int B, int C, int H, int W) input, (int Filters, int H, int W) kernel, int stride, int padding, int dilation, int groups)
    {
        var verticalPadding = kernel.H == 1 ? 0 : padding;
        var height = (input.H + 2 * verticalPadding - dilation * (kernel.H - 1) - 1) / (kernel.H == 1 ? 1 : stride) + 1;
        var width = (input.W + 2 * padding - dilation * (kernel.W - 1) - 1) / stride + 1;
        var (inGroup, outGroup) = (input.C / groups, kernel.Filters / groups);
        var y = new List<double>();
        for (var b = 0; b < input.B; b++)
            for (var o = 0; o < kernel.Filters; o++)
                for (var h = 0; h < height; h++)
                    for (var w = 0; w < width; w++)
                    {
                        var sum = bias is null ? 0 : bias[o];
                        for (var c = 0; c < inGroup; c++)
                            for (var kh = 0; kh < kernel.H; kh++)
                                for (var kw = 0; kw < kernel.W; kw++)
                                {
                                    var (row, column) = (h * stride - verticalPadding + kh * dilation, w * stride - padding + kw * dilation);
                                    if (row < 0 || row >= input.H || column < 0 || column >= input.W) continue;
                                    var channel = o / outGroup * inGroup + c;
                                    sum += x[((b * input.C + channel) * input.H + row) * input.W + column] * weight[((o * inGroup + c) * kernel.H + kh) * kernel.W + kw];
                                }
                        y.Add(sum);
                    }
        return [.. y];
    }

    private static (double Mean, double Deviation) Moments(ReadOnlySpan<double> values, double eps)
    {
        double mean = 0, variance = 0;
        foreach (var value in values) mean += value / values.Length;
        foreach (var value in values) variance += (value - mean) * (value - mean) / values.Length;
        return (mean, Math.Sqrt(variance + eps));
    }
}
