using LoraBridge.Diffusion;
using LoraBridge.Tests.Native;
using LoraBridge.Training.Objective;
using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Training.Objective;

/// <summary>What a step's objective keeps of native memory; the count is the process's, so nothing else runs beside these.</summary>
[Collection(ProcessWide.Name)]
public sealed class ObjectiveLifetimeTests
{
    [Fact]
    public void DrawAndCompute_OutsideAnyScope_LeaveTheirResultsOnly()
    {
        var before = ProcessWide.CountTensors();
        using (var latents = ones(2, 4, 8, 8))
        using (var prediction = ones(2, 4, 8, 8))
        using (var masks = ones(2, 1, 64, 64))
        {
            var made = Tensor.TotalCount;
            foreach (var options in new NoiseOptions[] { new(), new() { Offset = 0.1, AdaptiveScale = 0.1, InputPerturbation = 0.1 }, new() { MultiresIterations = 6 } })
            {
                var (noise, input) = new TrainingNoise(options).Draw(latents, default);
                Assert.Equal(made + 2, Tensor.TotalCount);
                noise.Dispose();
                input.Dispose();
            }
            foreach (var kind in Enum.GetValues<LossKind>())
            {
                var objective = new DenoisingObjective(new() { Kind = kind, Masked = true, NormalizeMaskedArea = true, UnmaskedProbability = 0.5 }, NoiseSchedule.StableDiffusionTraining, PredictionType.Epsilon);
                var loss = objective.Compute(prediction, latents, new() { Timesteps = [1, 999], Masks = masks });
                Assert.Equal(made + 2, Tensor.TotalCount);
                loss.Loss.Dispose();
                loss.PerSample.Dispose();
            }
        }
        Assert.Equal(before, Tensor.TotalCount);
    }
}
