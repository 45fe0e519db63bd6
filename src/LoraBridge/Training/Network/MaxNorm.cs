using static TorchSharp.torch;

namespace LoraBridge.Training.Network;

/// <summary>What a limit on norms found and did.</summary>
/// <param name="Scaled">How many modules were scaled down.</param>
/// <param name="MeanNorm">The mean of all modules' ‖D‖ afterwards.</param>
/// <param name="LargestNorm">The greatest of them.</param>
public readonly record struct MaxNormResult(int Scaled, double MeanNorm, double LargestNorm);

/// <summary>
/// Keeps every module's ‖scale · up · down‖ at a limit M: above it, each of the n tensors that the change is a product of is
/// multiplied by (M / norm)^(1/n).
/// </summary>
internal static class MaxNorm
{
    /// <summary>Norms of modules, read from the device at once.</summary>
    public static double[] Norms(IReadOnlyList<TrainableModule> modules)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        return [.. stack(modules.Select(module => module.Norm())).to(float64).cpu().data<double>().ToArray()];
    }

    /// <summary>Scales what is too large.</summary>
    /// <param name="modules">The modules.</param>
    /// <param name="limit">M.</param>
    public static MaxNormResult Apply(IReadOnlyList<TrainableModule> modules, double limit)
    {
        using var scope = NewDisposeScope();
        var (norms, scaled) = (Norms(modules), 0);
        for (var i = 0; i < norms.Length; i++)
        {
            var bounded = Math.Max(norms[i], limit / 2);
            var ratio = Math.Min(bounded, limit) / bounded;
            if (!(ratio < 1)) continue;
            var factors = modules[i].Factors;
            foreach (var tensor in factors) tensor.Multiply(Math.Pow(ratio, 1.0 / factors.Count));
            norms[i] *= ratio;
            scaled++;
        }
        return new(scaled, norms.Average(), norms.Max());
    }
}
