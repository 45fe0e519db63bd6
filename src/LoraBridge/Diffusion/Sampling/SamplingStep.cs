using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>A moment in a sampling run, for previews. The tensors are the sampler's own: clone what is to be kept.</summary>
/// <param name="Index">The step, counted from 0.</param>
/// <param name="Sigma">The noise level the step begins at.</param>
/// <param name="X">The noisy latents the step begins with, (B, C, h, w).</param>
/// <param name="Denoised">The clean latents the network saw in them, (B, C, h, w).</param>
public readonly record struct SamplingStep(int Index, double Sigma, Tensor X, Tensor Denoised);
