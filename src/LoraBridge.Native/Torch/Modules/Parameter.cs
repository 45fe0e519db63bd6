using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>A tensor that a module trains: as a field of a module it is registered as a parameter, where a plain tensor becomes a buffer.</summary>
public class Parameter : Tensor
{
    /// <summary>Takes the handle of <paramref name="data"/> over, and its place in its dispose scope; <paramref name="data"/> becomes invalid.</summary>
    public Parameter(Tensor data, bool requires_grad = true) : base(Take(data, requires_grad, out var scope))
    {
        if (Scope != scope) MoveToOtherDisposeScope(scope);
    }

    private static nint Take(Tensor data, bool requires_grad, out DisposeScope? scope)
    {
        scope = data.Scope;
        return data.requires_grad_(requires_grad).TakeHandle();
    }
}
