using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>DDIM whose way back into noise follows the unguided prediction (Chung et al. 2024, CFG++, arXiv:2406.08070, algorithm 2).</summary>
internal static class DdimCfgPlusPlus
{
    /// <summary>Brings a guidance scale of the usual size into the method's range of 0 to 1.</summary>
    public const double GuidanceDivisor = 12.5;

    public static void Sample(Denoiser denoiser, Tensor x, IReadOnlyList<double> timesteps, SamplerOptions options) =>
        Ddim.Sample(denoiser, x, timesteps, options, plusPlus: true);
}
