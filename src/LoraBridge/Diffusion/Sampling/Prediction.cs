using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>What the guided network returned: epsilon or v, by the model's kind.</summary>
/// <param name="Guided">The prediction with guidance applied, (B, C, h, w).</param>
/// <param name="Unguided">The prediction for the negative prompt alone, (B, C, h, w); the guided one where there is no guidance. Only CFG++ reads it.</param>
public readonly record struct Prediction(Tensor Guided, Tensor? Unguided = null)
{
    /// <summary>A prediction without guidance.</summary>
    public static implicit operator Prediction(Tensor prediction) => new(prediction);

    /// <summary>A prediction without guidance.</summary>
    public static Prediction FromTensor(Tensor prediction) => new(prediction);
}
