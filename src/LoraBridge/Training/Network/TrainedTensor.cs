using LoraBridge.Training.Optimizers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoraBridge.Training.Network;

/// <summary>Along which of a tensor's dimensions ranks lie, and what new ranks begin with when an adapter of fewer is continued.</summary>
/// <param name="Axis">The dimension.</param>
/// <param name="IsZero">Whether new ranks are 0, so that the change stays what it was; else they keep the values they would begin with.</param>
internal readonly record struct RankAxis(int Axis, bool IsZero);

/// <summary>One tensor of a module that is trained.</summary>
internal sealed class TrainedTensor : IDisposable
{
    /// <summary>Takes values over as a leaf that collects gradients, in no scope.</summary>
    /// <param name="kind">What files call it after the layer's name.</param>
    /// <param name="name">The whole name, which is unique.</param>
    /// <param name="values">Its first values, on the CPU or not.</param>
    /// <param name="type">The type to train it in.</param>
    /// <param name="device">Where.</param>
    /// <param name="ranks">Where its ranks are; null without.</param>
    /// <param name="isTrained">Whether it moves at all.</param>
    public TrainedTensor(string kind, string name, Tensor values, ScalarType type, Device device, RankAxis? ranks, bool isTrained = true)
    {
        (Kind, Name, Ranks, IsTrained) = (kind, name, ranks, isTrained);
        using var scope = NewDisposeScope();
        Value = new Parameter(values.detach().to(type).to(device, copy: true), requires_grad: isTrained);
        Value.DetachFromDisposeScope();
    }

    /// <summary>What files call it after the layer's name, such as <c>lora_up.weight</c>.</summary>
    public string Kind { get; }

    /// <summary>The layer's name in files, a dot, and <see cref="Kind"/>.</summary>
    public string Name { get; }

    /// <summary>Its values; changed in place.</summary>
    public Parameter Value { get; }

    /// <summary>Where its ranks are; null without.</summary>
    public RankAxis? Ranks { get; }

    /// <summary>Whether it moves at all.</summary>
    public bool IsTrained { get; }

    /// <summary>The parameter as optimizers take it.</summary>
    public NamedParameter Named => new(Name, Value);

    /// <summary>The values in a type to compute with, in the current scope; gradients flow back.</summary>
    public Tensor As(ScalarType type) => Value.to(type);

    /// <summary>Overwrites the values.</summary>
    public void Set(Tensor values)
    {
        using var frozen = no_grad();
        Value.copy_(values);
    }

    /// <summary>Multiplies the values.</summary>
    public void Multiply(double factor)
    {
        using var frozen = no_grad();
        Value.mul_(factor);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Value.grad = null;
        Value.Dispose();
    }
}
