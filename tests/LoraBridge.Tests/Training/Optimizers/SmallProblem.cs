using LoraBridge.Training.Optimizers;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace LoraBridge.Tests.Training.Optimizers;

/// <summary>Four parameters in two groups of different rates and decays, gradients that are known in advance, and a quadratic to walk down.</summary>
internal sealed class SmallProblem : IDisposable
{
    public static readonly long[][] Shapes = [[6, 5], [7], [4, 3, 2, 1], [80, 60]];

    private readonly Parameter[] _parameters;

    public SmallProblem(double rate, double decay = 0.1, ScalarType type = ScalarType.Float32)
    {
        using var scope = NewDisposeScope();
        _parameters = [.. Shapes.Select((shape, i) => new Parameter(tensor(Start(i).Select(value => (float)value).ToArray(), shape, dtype: float32).to(type).DetachFromDisposeScope()))];
        var named = _parameters.Select((parameter, i) => new NamedParameter($"layer.{i}", parameter)).ToArray();
        Groups = [new("unet", named[..2], rate, decay), new("text_encoder", named[2..], rate / 2, 0)];
        (Rates, Decays) = ([rate, rate, rate / 2, rate / 2], [decay, decay, 0, 0]);
    }

    public ParameterGroup[] Groups { get; }

    /// <summary>The learning rate and the decay of each parameter.</summary>
    public double[] Rates { get; }

    public double[] Decays { get; }

    public IReadOnlyList<Tensor> Parameters => _parameters;

    /// <summary>Where parameters start, in float32's digits.</summary>
    public static double[][] Starts => [.. Enumerable.Range(0, Shapes.Length).Select(Start)];

    /// <summary>Gradients of a step, mostly of one direction; the same whatever the parameters do.</summary>
    public static double[][] Gradients(int step) =>
        [.. Shapes.Select((_, i) => Enumerable.Range(0, Count(i)).Select(j => (double)(float)(0.4 * Math.Cos(i + 0.7 * j) + 0.15 * Math.Sin(1.3 * step + 0.31 * j))).ToArray())];

    /// <summary>The gradients of half the squared distance to points near the <see cref="Goal"/>, rounded to float32.</summary>
    public static double[][] Downhill(double[][] weights) =>
        [.. weights.Select((values, i) => values.Select((value, j) => (double)(float)(value - Goal - 0.3 * Math.Sin(i + 0.4 * j))).ToArray())];

    /// <summary>Puts a step's known gradients into the parameters, but for one that rests, and takes the step.</summary>
    public void Step(Optimizer optimizer, int step, int? rests = null) => Step(optimizer, Gradients(step), rests);

    /// <summary>Puts gradients into the parameters and takes the step.</summary>
    public void Step(Optimizer optimizer, double[][] gradients, int? rests = null)
    {
        using var scope = NewDisposeScope();
        for (var i = 0; i < _parameters.Length; i++)
            if (i != rests) _parameters[i].grad = tensor(gradients[i].Select(value => (float)value).ToArray(), Shapes[i], dtype: float32).to(_parameters[i].dtype);
        optimizer.Step();
        optimizer.ZeroGradients();
    }

    /// <summary>Takes a step down the quadratic around the <see cref="Goal"/>.</summary>
    public void Descend(Optimizer optimizer)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        foreach (var parameter in _parameters) parameter.grad = parameter - Goal;
        optimizer.Step();
        optimizer.ZeroGradients();
    }

    public const double Goal = 0.5;

    /// <summary>Half the squared distance to the goal.</summary>
    public double Loss()
    {
        using var scope = NewDisposeScope();
        return _parameters.Sum(parameter => 0.5 * Values(parameter).Sum(value => (value - Goal) * (value - Goal)));
    }

    public double[][] AllValues() => [.. _parameters.Select(Values)];

    public static double[] Values(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().to(float64).flatten().data<double>().ToArray();
    }

    public void Dispose()
    {
        foreach (var parameter in _parameters) parameter.Dispose();
    }

    private static int Count(int i) => (int)Shapes[i].Aggregate(1L, (product, side) => product * side);

    private static double[] Start(int i) => [.. Enumerable.Range(0, Count(i)).Select(j => (double)(float)(0.02 * Math.Sin(1 + i + 0.9 * j)))];
}
