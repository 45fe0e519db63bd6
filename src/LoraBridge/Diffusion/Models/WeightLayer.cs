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

    /// <summary>Takes other tensors in the place of the layer's weight and bias until they are exchanged again. The layer goes on owning its own, as they are.</summary>
    /// <returns>Those that were there.</returns>
    public (Parameter? Weight, Parameter? Bias) Exchange((Parameter? Weight, Parameter? Bias) others)
    {
        var own = (weight, bias);
        (weight, bias) = others;
        return own;
    }

    /// <summary>
    /// Stands in for the layer while an adapter acts on it: input to output, built from <see cref="Plain"/> and
    /// <see cref="With"/>; null where none does. The layer's own tensors stay what they are.
    /// </summary>
    public Func<Tensor, Tensor>? Adapted { get; set; }

    /// <summary>The type to compute this layer in, its input and output keeping theirs; null computes in the input's.</summary>
    public ScalarType? ProductType { get; set; }

    public override Tensor forward(Tensor x) => Adapted is { } adapted ? adapted(x) : Plain(x);

    /// <summary>The layer's output without adapters.</summary>
    public Tensor Plain(Tensor x) => With(x, Weight, Bias);

    /// <summary>The layer's output with other parameters of the same shapes; they may be of another type than the input.</summary>
    public Tensor With(Tensor x, Tensor weight, Tensor? bias)
    {
        var type = ProductType ?? x.dtype;
        if (x.dtype == type && weight.dtype == type && (bias is null || bias.dtype == type)) return Compute(x, weight, bias);

        using var scope = NewDisposeScope();
        return Compute(x.to(type), weight.to(type), bias?.to(type)).to(x.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>The layer's function, its parameters being of the input's type.</summary>
    protected abstract Tensor Compute(Tensor x, Tensor weight, Tensor? bias);

    private InvalidOperationException WithoutTensors() =>
        new($"A {GetName()} layer of shape [{string.Join(", ", WeightShape)}] has no tensors yet: load the model, or give it random weights, before calling it.");
}
