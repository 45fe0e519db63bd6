using LoraBridge.Training.Objective;
using static TorchSharp.torch;

namespace LoraBridge.Training.Loop;

/// <summary>What chance decides of a batch before the network is called.</summary>
/// <param name="Timesteps">B of them.</param>
/// <param name="Noise">The noise to learn, (B, 4, h, w).</param>
/// <param name="InputNoise">The noise to add, (B, 4, h, w).</param>
internal sealed record StepDraws(long[] Timesteps, Tensor Noise, Tensor InputNoise)
{
    public static StepDraws Of(Tensor latents, TimestepSampler timesteps, TrainingNoise noise, DrawPlace place)
    {
        var (target, input) = noise.Draw(latents, place);
        return new(timesteps.Draw(place, (int)latents.shape[0]), target, input);
    }

    public StepDraws Slice(int first, int count) => new([.. Timesteps.Skip(first).Take(count)], Noise.narrow(0, first, count), InputNoise.narrow(0, first, count));
}
