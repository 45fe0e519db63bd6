using LoraBridge.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Training.Optimizers;

/// <summary>What became of a step.</summary>
/// <param name="IsApplied">Whether the parameters moved; not so when a gradient was infinite or no number.</param>
/// <param name="GradientNorm">The common L2 norm of all gradients before they were clipped; not finite when they were not.</param>
public readonly record struct GradientOutcome(bool IsApplied, double GradientNorm);

/// <summary>From losses to one step of the optimizer: scaled backward passes that add up, then the norm, clipping, and the step if all is finite.</summary>
public sealed class GradientStep
{
    private readonly Optimizer _optimizer;
    private readonly LossScaler _scaler;
    private readonly double _maxNorm;

    /// <summary>The way of gradients into an optimizer.</summary>
    /// <param name="optimizer">What moves the parameters.</param>
    /// <param name="scaler">The loss's scale; one that is not enabled for all but float16.</param>
    /// <param name="maxNorm">The greatest common norm of the gradients; 0 clips nothing.</param>
    public GradientStep(Optimizer optimizer, LossScaler scaler, double maxNorm = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxNorm);
        (_optimizer, _scaler, _maxNorm) = (optimizer, scaler, maxNorm);
    }

    /// <summary>Adds a micro-batch's gradients to those already there.</summary>
    /// <param name="loss">The mean loss of the micro-batch, a scalar.</param>
    /// <param name="share">Its part of the step: its samples over all samples of the step.</param>
    public void Accumulate(Tensor loss, double share = 1)
    {
        using var scope = NewDisposeScope();
        TorchExtras.Backward(loss * (share * _scaler.Scale));
    }

    /// <summary>Ends the step: moves the parameters, or leaves them where a gradient is not finite, and drops the gradients.</summary>
    public GradientOutcome Apply()
    {
        var norm = Norm() / _scaler.Scale;
        var isFinite = double.IsFinite(norm);
        if (isFinite)
        {
            var clip = _maxNorm > 0 ? Math.Min(1, _maxNorm / (norm + 1e-6)) : 1;
            _optimizer.Step(clip / _scaler.Scale);
        }
        _scaler.Update(isFinite);
        _optimizer.ZeroGradients();
        return new(isFinite, norm);
    }

    // squares in float32: the sum of a half's would overflow
    private double Norm()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        Tensor[] squares = [.. Gradients().Select(gradient => gradient.to(float32).square().sum())];
        return squares.Length == 0 ? 0 : stack(squares).sum().sqrt().ToDouble();
    }

    private IEnumerable<Tensor> Gradients() =>
        from parameter in _optimizer.Parameters
        let gradient = parameter.grad
        where gradient is not null
        select gradient;
}
