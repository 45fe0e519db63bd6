using LoraBridge.Training.Data;
using static TorchSharp.torch;

namespace LoraBridge.Training.Loop;

/// <summary>One batch as the networks take it; its tensors belong to the scope it was made in.</summary>
/// <param name="Latents">Scaled latents, (B, 4, h, w), float32 on the model's device.</param>
/// <param name="Masks">(B, 1, h, w), or null.</param>
/// <param name="Captions">The captions' tokens, B.</param>
/// <param name="TextStates">(B, T, D), where the text encoder is not trained; null where it must run with gradients.</param>
/// <param name="IsRegularization">Which samples are regularisation pictures, B.</param>
internal sealed record TrainingBatch(Tensor Latents, Tensor? Masks, IReadOnlyList<CaptionTokens> Captions, Tensor? TextStates, IReadOnlyList<bool> IsRegularization)
{
    public int Count => (int)Latents.shape[0];

    /// <summary>Some of its samples.</summary>
    public TrainingBatch Slice(int first, int count) => new(
        Latents.narrow(0, first, count),
        Masks?.narrow(0, first, count),
        [.. Captions.Skip(first).Take(count)],
        TextStates?.narrow(0, first, count),
        [.. IsRegularization.Skip(first).Take(count)]);
}
