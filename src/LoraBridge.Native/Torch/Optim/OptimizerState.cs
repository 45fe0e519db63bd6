using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>What an optimizer remembers of one parameter. Its tensors have the parameter's type and device and belong to the optimizer.</summary>
public abstract class OptimizerState
{
    private protected readonly Parameter Target;

    private protected OptimizerState(Parameter parameter) => Target = parameter;

    /// <summary>Starts anew.</summary>
    public abstract void Initialize(OptimizerOptions options);

    /// <summary>Copies another's state.</summary>
    public abstract void LoadStateDict(OptimizerState source);

    public abstract void to(Device device);

    public abstract bool ApproximatelyEquals(OptimizerState other);

    private protected abstract void DisposeTensors();

    internal void Release() => DisposeTensors();

    private protected Tensor Zeros() => zeros_like(Target).DetachFromDisposeScope();

    private protected Tensor? Copy(Tensor? source) => source?.to(Target.device, copy: true).DetachFromDisposeScope();

    private protected static void Move(ref Tensor? tensor, Device device)
    {
        if (tensor is null) return;
        var moved = tensor.to(device).DetachFromDisposeScope();
        tensor.Dispose();
        tensor = moved;
    }

    private protected static bool Close(Tensor? one, Tensor? other) =>
        one is null ? other is null : other is not null && one.allclose(other);
}
