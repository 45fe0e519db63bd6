using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Native;

public class OptimizerTests
{
    private const int Steps = 12;
    private static readonly double[] s_start = [0.5, -1.25, 2, 0.125];

    [Theory]
    [InlineData(0, false, false)]
    [InlineData(0.1, false, false)]
    [InlineData(0.1, true, false)]
    [InlineData(0.1, false, true)]
    public void AdamW_OverSteps_FollowsItsFormulas(double decay, bool amsgrad, bool maximize)
    {
        var expected = PlainAdam(decoupled: true, decay, amsgrad, maximize);
        Follows(expected, parameters => optim.AdamW(parameters, 0.05, 0.8, 0.95, 1e-6, decay, amsgrad, maximize));
    }

    [Theory]
    [InlineData(0, false, false)]
    [InlineData(0.1, false, false)]
    [InlineData(0.1, true, false)]
    [InlineData(0, false, true)]
    public void Adam_OverSteps_FollowsItsFormulas(double decay, bool amsgrad, bool maximize)
    {
        var expected = PlainAdam(decoupled: false, decay, amsgrad, maximize);
        Follows(expected, parameters => optim.Adam(parameters, 0.05, 0.8, 0.95, 1e-6, decay, amsgrad, maximize));
    }

    [Theory]
    [InlineData(0, 0, 0, false, false)]
    [InlineData(0.9, 0, 0, false, false)]
    [InlineData(0.9, 0.3, 0.1, false, false)]
    [InlineData(0.9, 0, 0.1, true, false)]
    [InlineData(0.9, 0, 0, false, true)]
    public void Sgd_OverSteps_FollowsItsFormulas(double momentum, double dampening, double decay, bool nesterov, bool maximize)
    {
        var weights = (double[])s_start.Clone();
        double[]? sums = null;
        for (var step = 0; step < Steps; step++)
        {
            var gradient = Gradient(weights).Select((g, i) => (maximize ? -g : g) + decay * weights[i]).ToArray();
            if (momentum != 0)
            {
                sums = sums is null ? gradient : [.. sums.Zip(gradient, (sum, g) => momentum * sum + (1 - dampening) * g)];
                gradient = nesterov ? [.. gradient.Zip(sums, (g, sum) => g + momentum * sum)] : sums;
            }
            for (var i = 0; i < weights.Length; i++) weights[i] -= 0.02 * gradient[i];
        }
        Follows(weights, parameters => optim.SGD(parameters, 0.02, momentum, dampening, decay, nesterov, maximize));
    }

    [Fact]
    public void AdamW_WithoutADecay_DecaysNothing()
    {
        using var scope = NewDisposeScope();
        var parameter = Start();
        using var optimizer = optim.AdamW([parameter]);
        parameter.grad = zeros_like(parameter);
        optimizer.step();
        Assert.Equal(s_start, OperatorCheck.Elements(parameter));
    }

    [Fact]
    public void Groups_WithTheirOwnSettings_StepByThem()
    {
        using var scope = NewDisposeScope();
        var (fast, slow, frozen) = (Start(), Start(), Start());
        using var optimizer = optim.AdamW(
        [
            new AdamW.ParamGroup([fast], lr: 0.1, weight_decay: 0),
            new AdamW.ParamGroup { Parameters = [slow] },
            new AdamW.ParamGroup([frozen], lr: 0),
        ], lr: 0.01);
        Assert.Equal([0.1, 0.01, 0], optimizer.ParamGroups.Select(group => group.LearningRate));
        Assert.Equal([0.1, 0.01, 0], optimizer.ParamGroups.Select(group => group.InitialLearningRate));
        foreach (var parameter in optimizer.parameters()) parameter.grad = ones_like(parameter);

        optimizer.step();

        // Adam's first step is the learning rate, whatever the gradient
        OperatorCheck.Same(s_start.Select(value => value - 0.1).ToArray(), OperatorCheck.Elements(fast), 1e-6, "fast");
        OperatorCheck.Same(s_start.Select(value => value - 0.01).ToArray(), OperatorCheck.Elements(slow), 1e-6, "slow");
        Assert.Equal(s_start, OperatorCheck.Elements(frozen));
    }

    [Fact]
    public void LearningRate_SetOnAGroup_TakesEffectAtTheNextStep()
    {
        using var scope = NewDisposeScope();
        var parameter = Start();
        using var optimizer = optim.SGD([parameter], 0.5);
        parameter.grad = ones_like(parameter);
        foreach (var group in optimizer.ParamGroups) group.LearningRate = 0.25;
        optimizer.step();
        Assert.Equal(s_start.Select(value => value - 0.25), OperatorCheck.Elements(parameter));
    }

    [Fact]
    public void Parameter_WithoutAGradient_IsLeftAlone()
    {
        using var scope = NewDisposeScope();
        var (idle, busy) = (Start(), Start());
        using var optimizer = optim.AdamW([idle, busy], 0.1, weight_decay: 0.5);
        busy.grad = ones_like(busy);
        optimizer.step();
        Assert.Equal(s_start, OperatorCheck.Elements(idle));
        Assert.NotEqual(s_start, OperatorCheck.Elements(busy));
    }

    [Fact]
    public void ZeroGrad_OfAnOptimizer_FillsWithZeros()
    {
        using var scope = NewDisposeScope();
        var parameter = Start();
        using var optimizer = optim.Adam([("weight", parameter)]);
        parameter.grad = ones_like(parameter);
        optimizer.zero_grad();
        Assert.Equal(0, parameter.grad!.abs().sum().ToDouble());
    }

    [Fact]
    public void Step_WithAClosure_ComputesTheLossWithGradients()
    {
        using var scope = NewDisposeScope();
        var parameter = Start();
        using var optimizer = optim.SGD([parameter], 0.1);
        using var noGrad = no_grad();
        var loss = optimizer.step(() =>
        {
            var sum = parameter.sum();
            sum.backward();
            return sum;
        });
        Assert.Equal(s_start.Sum(), loss!.ToDouble(), 1e-9);
        OperatorCheck.Same(s_start.Select(value => value - 0.1).ToArray(), OperatorCheck.Elements(parameter), 1e-9, "parameter");
        Assert.True(parameter.is_leaf);
    }

    [Fact]
    public void State_LoadedIntoAnother_ContinuesTheSameWay()
    {
        using var scope = NewDisposeScope();
        var (one, other) = (Start(), Start());
        using var first = optim.AdamW([one], 0.05, weight_decay: 0.1);
        Run(first, one, 5);
        using (no_grad()) other.copy_(one);
        using var second = optim.AdamW([other], 1);

        second.load_state_dict(first.state_dict());
        Run(first, one, 5);
        Run(second, other, 5);

        Assert.Equal(OperatorCheck.Elements(one), OperatorCheck.Elements(other));
        Assert.Equal(0.05, second.ParamGroups.First().LearningRate);
        Assert.True(first.state_dict().State[0].ApproximatelyEquals(second.state_dict().State[0]));
        Assert.Equal(10, ((AdamW.State)second.state_dict().State[0]).step);
    }

    [Fact]
    public void State_OfAnotherShape_DoesNotLoad()
    {
        using var scope = NewDisposeScope();
        using var one = optim.SGD([Start()], 0.1);
        using var two = optim.SGD([Start(), Start()], 0.1);
        Assert.Throws<ArgumentException>(() => two.load_state_dict(one.state_dict()));
    }

    [Fact]
    public void State_OfAHalfPrecisionParameter_HasItsType()
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(ones(3, dtype: bfloat16));
        using var optimizer = optim.AdamW([parameter], 0.5);
        parameter.grad = ones_like(parameter);
        optimizer.step();
        Assert.Equal(bfloat16, ((AdamW.State)optimizer.state_dict().State[0]).exp_avg.dtype);
        OperatorCheck.Same([0.5, 0.5, 0.5], OperatorCheck.Elements(parameter), 0.01, "parameter");
    }

    [Fact]
    public void Optimizers_WithSenselessSettings_Throw()
    {
        using var scope = NewDisposeScope();
        var parameter = Start();
        Assert.Throws<ArgumentException>(() => optim.AdamW([parameter], lr: -1));
        Assert.Throws<ArgumentException>(() => optim.AdamW([parameter], beta1: 1));
        Assert.Throws<ArgumentException>(() => optim.Adam([parameter], beta2: -0.1));
        Assert.Throws<ArgumentException>(() => optim.Adam([parameter], eps: -1));
        Assert.Throws<ArgumentException>(() => optim.SGD([parameter], 0.1, weight_decay: -1));
    }

    private static Parameter Start() => new(tensor(s_start, dtype: float64));

    // f(w) = Σ (i w - cos w): a gradient that changes from step to step and stays small
    private static double[] Gradient(double[] weights) => [.. weights.Select((w, i) => Math.Sin(w) + i)];

    private static void Run(optim.Optimizer optimizer, Parameter parameter, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            (parameter * arange(4, dtype: float64) - parameter.cos()).sum().backward();
            optimizer.step();
        }
    }

    private static void Follows(double[] expected, Func<IEnumerable<Parameter>, optim.Optimizer> make)
    {
        using var scope = NewDisposeScope();
        var parameter = Start();
        using var optimizer = make([parameter]);
        Run(optimizer, parameter, Steps);
        OperatorCheck.Same(expected, OperatorCheck.Elements(parameter), 1e-10, "weights");
    }

    private static double[] PlainAdam(bool decoupled, double decay, bool amsgrad, bool maximize)
    {
        const double lr = 0.05, beta1 = 0.8, beta2 = 0.95, eps = 1e-6;
        var weights = (double[])s_start.Clone();
        var (mean, square, greatest) = (new double[4], new double[4], new double[4]);
        for (var step = 1; step <= Steps; step++)
        {
            var gradient = Gradient(weights);
            for (var i = 0; i < 4; i++)
            {
                var g = maximize ? -gradient[i] : gradient[i];
                if (decoupled) weights[i] *= 1 - lr * decay;
                else g += decay * weights[i];
                mean[i] = beta1 * mean[i] + (1 - beta1) * g;
                square[i] = beta2 * square[i] + (1 - beta2) * g * g;
                greatest[i] = Math.Max(greatest[i], square[i]);
                var second = (amsgrad ? greatest[i] : square[i]) / (1 - Math.Pow(beta2, step));
                weights[i] -= lr * (mean[i] / (1 - Math.Pow(beta1, step))) / (Math.Sqrt(second) + eps);
            }
        }
        return weights;
    }
}
