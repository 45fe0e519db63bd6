using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>Noise added before a step, and the level raised with it (Karras et al. 2022, algorithm 2).</summary>
internal static class Churn
{
    /// <summary>Adds the noise of step <paramref name="i"/> to x in place and returns the level x then has.</summary>
    public static double Raise(Tensor x, IReadOnlyList<double> sigmas, int i, SamplerOptions options)
    {
        var sigma = sigmas[i];
        if (options.SChurn <= 0 || sigma < options.STmin || sigma > options.STmax) return sigma;
        var gamma = Math.Min(options.SChurn / (sigmas.Count - 1), Math.Sqrt(2) - 1);
        var raised = sigma * (gamma + 1);
        x.add_(options.Draw(x, sigma, raised) * Math.Sqrt(raised * raised - sigma * sigma));
        return raised;
    }
}
