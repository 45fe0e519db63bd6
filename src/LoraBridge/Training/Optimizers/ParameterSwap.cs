using static TorchSharp.torch;

namespace LoraBridge.Training.Optimizers;

/// <summary>Other values in parameters, until it is disposed; then the old ones come back bit for bit.</summary>
internal sealed class ParameterSwap : IDisposable
{
    private readonly List<(Tensor Parameter, Tensor Old)> _swapped = [];
    private Action? _ended;

    /// <summary>Puts the values in; those that are null leave their parameter alone.</summary>
    public ParameterSwap(IEnumerable<(Tensor Parameter, Tensor? Value)> values, Action ended)
    {
        _ended = ended;
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (parameter, value) in values)
        {
            if (value is null) continue;
            _swapped.Add((parameter, parameter.detach().clone().DetachFromDisposeScope()));
            parameter.copy_(value);
        }
    }

    public void Dispose()
    {
        using var frozen = no_grad();
        foreach (var (parameter, old) in _swapped)
        {
            parameter.copy_(old);
            old.Dispose();
        }
        _swapped.Clear();
        _ended?.Invoke();
        _ended = null;
    }
}
