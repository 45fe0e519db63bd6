using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Diffusion.Models;

/// <summary>
/// A layer with a weight and perhaps a bias. It is made without memory, is given its tensors afterwards, keeps them in the
/// type they were stored in, and converts them to the type of its input where it uses them.
/// </summary>
internal abstract class WeightLayer : Module<Tensor, Tensor>
{
    // the names by which modules register and replace parameters
    internal Parameter? weight, bias;

    protected WeightLayer(string name, long[] weightShape, long[]? biasShape) : base(name)
    {
        WeightShape = weightShape;
        BiasShape = biasShape;
        RegisterComponents();
    }

    /// <summary>Sizes of the weight, as in the checkpoint.</summary>
    public long[] WeightShape { get; }

    /// <summary>Sizes of the bias; null where the layer has none.</summary>
    public long[]? BiasShape { get; }

    /// <summary>The weight, in its stored type.</summary>
    /// <exception cref="InvalidOperationException">The layer has not been given its tensors.</exception>
    public Parameter Weight => weight ?? throw WithoutTensors();

    /// <summary>The bias, in its stored type; null where the layer has none.</summary>
    public Parameter? Bias => bias ?? (BiasShape is null ? null : throw WithoutTensors());

    /// <summary>Takes a tensor over as the parameter of that name ("weight" or "bias"); its shape has been checked.</summary>
    public void Assign(string parameterName, Tensor value)
    {
        var parameter = new Parameter(value, requires_grad: false);
        parameter.DetachFromDisposeScope();
        register_parameter(parameterName, parameter);
        if (parameterName == nameof(weight)) weight = parameter;
        else bias = parameter;
    }

    public override Tensor forward(Tensor x)
    {
        var (w, b, type) = (Weight, Bias, x.dtype);
        if (w.dtype == type && (b is null || b.dtype == type)) return Compute(x, w, b);

        using var scope = NewDisposeScope();
        return Compute(x, w.to(type), b?.to(type)).MoveToOuterDisposeScope();
    }

    /// <summary>The layer's function, its parameters being of the input's type.</summary>
    protected abstract Tensor Compute(Tensor x, Tensor weight, Tensor? bias);

    private InvalidOperationException WithoutTensors() =>
        new($"A {GetName()} layer of shape [{string.Join(", ", WeightShape)}] has no tensors yet: load the model, or give it random weights, before calling it.");
}
