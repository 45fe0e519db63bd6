using static TorchSharp.torch;

namespace LoraBridge.Training.Optimizers;

/// <summary>A weighted sum of scalars that stay on their device until the sum is asked for, so that a step waits for the device once.</summary>
internal sealed class ScalarSum
{
    private readonly List<(Tensor Value, double Weight)> _terms = [];

    /// <summary>Adds a scalar, which leaves the innermost scope.</summary>
    public void Add(Tensor value, double weight) => _terms.Add((value.MoveToOuterDisposeScope(), weight));

    /// <summary>The sum in float64, in the order in which the terms came; it begins anew.</summary>
    public double Take()
    {
        if (_terms.Count == 0) return 0;
        using var scope = NewDisposeScope();
        var values = stack([.. _terms.Select(term => term.Value)]).to(CPU).to(float64).data<double>().ToArray();
        var sum = 0.0;
        for (var i = 0; i < values.Length; i++) sum += values[i] * _terms[i].Weight;
        _terms.Clear();
        return sum;
    }
}
