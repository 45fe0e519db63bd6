using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;
using Reduction = TorchSharp.torch.nn.Reduction;

namespace LoraBridge.Tests.Native;

public class LossFunctionTests
{
    [Theory]
    [InlineData(Reduction.None)]
    [InlineData(Reduction.Mean)]
    [InlineData(Reduction.Sum)]
    public void ElementwiseLosses_InEachReduction_AgreeBothWays(Reduction reduction)
    {
        Agrees((x, y) => F.mse_loss(x, y, reduction), (x, y) => (x - y) * (x - y), reduction);
        Agrees((x, y) => F.l1_loss(x, y, reduction), (x, y) => Math.Abs(x - y), reduction);
        Agrees((x, y) => F.smooth_l1_loss(x, y, reduction, beta: 0.7), (x, y) => Math.Abs(x - y) < 0.7 ? (x - y) * (x - y) / 1.4 : Math.Abs(x - y) - 0.35, reduction);
        Agrees((x, y) => F.huber_loss(x, y, delta: 0.6, reduction), (x, y) => Math.Abs(x - y) < 0.6 ? (x - y) * (x - y) / 2 : 0.6 * (Math.Abs(x - y) - 0.3), reduction);
    }

    [Fact]
    public void ElementwiseLosses_WithoutAReduction_TakeTheMean()
    {
        Agrees((x, y) => F.mse_loss(x, y), (x, y) => (x - y) * (x - y), Reduction.Mean);
        Agrees((x, y) => F.smooth_l1_loss(x, y), (x, y) => Math.Abs(x - y) < 1 ? (x - y) * (x - y) / 2 : Math.Abs(x - y) - 0.5, Reduction.Mean);
    }

    [Fact]
    public void BinaryCrossEntropyWithLogits_AgainstItsFormula_AgreesBothWays()
    {
        double[] targets = [0, 1, 0.25, 0.75, 1, 0];
        double Loss(double x, int i, double positive = 1) => -positive * targets[i] * Math.Log(1 / (1 + Math.Exp(-x))) - (1 - targets[i]) * Math.Log(1 - 1 / (1 + Math.Exp(-x)));

        OperatorCheck.Agrees(x => F.binary_cross_entropy_with_logits(x[0], OperatorCheck.ToTensor(targets, 6)), x => [x[0].Select((value, i) => Loss(value, i)).Average()], [6]);
        OperatorCheck.Agrees(x => F.binary_cross_entropy_with_logits(x[0], OperatorCheck.ToTensor(targets, 6), reduction: Reduction.Sum, pos_weights: OperatorCheck.ToTensor([3], 1)),
            x => [x[0].Select((value, i) => Loss(value, i, 3)).Sum()], [6]);
        OperatorCheck.Agrees(x => F.binary_cross_entropy_with_logits(x[0], OperatorCheck.ToTensor(targets, 6), weight: OperatorCheck.ToTensor([1, 2, 3, 4, 5, 6], 6), reduction: Reduction.None),
            x => [.. x[0].Select((value, i) => (i + 1) * Loss(value, i))], [6]);
    }

    [Fact]
    public void CrossEntropy_OfClassNumbers_AgreesBothWays()
    {
        long[] classes = [2, 0, 1, 2];
        OperatorCheck.Agrees(x => F.cross_entropy(x[0], tensor(classes)), x => [Enumerable.Range(0, 4).Average(row => -LogSoftmax(x[0], row, (int)classes[row]))], [4, 3]);
    }

    [Fact]
    public void CrossEntropy_WithWeights_DividesByTheirSum()
    {
        long[] classes = [2, 0, 1, 2];
        double[] weights = [0.5, 2, 3];
        OperatorCheck.Agrees(x => F.cross_entropy(x[0], tensor(classes), OperatorCheck.ToTensor(weights, 3)),
            x => [Enumerable.Range(0, 4).Sum(row => -weights[classes[row]] * LogSoftmax(x[0], row, (int)classes[row])) / classes.Sum(number => weights[number])], [4, 3]);
    }

    [Fact]
    public void CrossEntropy_WithAnIgnoredClass_LeavesItOut()
    {
        long[] classes = [2, -100, 1, -100];
        OperatorCheck.Agrees(x => F.cross_entropy(x[0], tensor(classes)), x => [(-LogSoftmax(x[0], 0, 2) - LogSoftmax(x[0], 2, 1)) / 2], [4, 3]);
        OperatorCheck.Agrees(x => F.cross_entropy(x[0], tensor(new long[] { 2, 0, 1, 0 }), ignore_index: 0), x => [(-LogSoftmax(x[0], 0, 2) - LogSoftmax(x[0], 2, 1)) / 2], [4, 3]);
    }

    [Fact]
    public void CrossEntropy_WithSmoothing_SharesSomeAmongAllClasses()
    {
        long[] classes = [2, 0];
        OperatorCheck.Agrees(x => F.cross_entropy(x[0], tensor(classes), label_smoothing: 0.3, reduction: Reduction.Sum),
            x => [Enumerable.Range(0, 2).Sum(row => -0.7 * LogSoftmax(x[0], row, (int)classes[row]) - 0.1 * Enumerable.Range(0, 3).Sum(c => LogSoftmax(x[0], row, c)))], [2, 3]);
    }

    private static double LogSoftmax(double[] x, int row, int column) => x[row * 3 + column] - Math.Log(x.Skip(row * 3).Take(3).Sum(Math.Exp));

    private static void Agrees(Func<Tensor, Tensor, Tensor> loss, Func<double, double, double> formula, Reduction reduction) =>
        OperatorCheck.Agrees(x => loss(x[0], x[1]), x =>
        {
            double[] each = [.. x[0].Zip(x[1], formula)];
            return reduction switch { Reduction.Mean => [each.Average()], Reduction.Sum => [each.Sum()], _ => each };
        }, [3, 4], [3, 4]);
}
