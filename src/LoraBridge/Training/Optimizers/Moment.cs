using static TorchSharp.torch;

namespace LoraBridge.Training.Optimizers;

/// <summary>A running value of an optimizer, as it is kept between steps.</summary>
internal abstract class Moment : IDisposable
{
    /// <summary>What is kept, each with what its name ends in.</summary>
    public abstract IReadOnlyList<(string Suffix, Tensor Tensor)> Tensors { get; }

    /// <summary>The value as float32; it may be changed in place.</summary>
    public abstract Tensor Read();

    /// <summary>Keeps a value, which may be the one that was read.</summary>
    public abstract void Write(Tensor value);

    public virtual void Dispose()
    {
        foreach (var (_, tensor) in Tensors) tensor.Dispose();
    }
}

/// <summary>Kept as it is.</summary>
internal sealed class PlainMoment(Tensor value) : Moment
{
    private readonly Tensor _value = value.DetachFromDisposeScope();

    public override IReadOnlyList<(string Suffix, Tensor Tensor)> Tensors => [("", _value)];

    public override Tensor Read() => _value;

    public override void Write(Tensor value)
    {
        if (!ReferenceEquals(value, _value)) _value.copy_(value);
    }
}
