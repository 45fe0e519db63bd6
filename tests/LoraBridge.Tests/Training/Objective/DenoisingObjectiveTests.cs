using LoraBridge.Checkpoints;
using LoraBridge.Diffusion;
using LoraBridge.Tests.Goldens;
using LoraBridge.Training.Objective;
using LoraBridge.Training.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Training.Objective;

public sealed class DenoisingObjectiveTests
{
    private static readonly NoiseSchedule s_schedule = NoiseSchedule.StableDiffusionTraining;

    [Theory]
    [InlineData("eps.loss", PredictionType.Epsilon, false)]
    [InlineData("eps.loss_min_snr5", PredictionType.Epsilon, true)]
    [InlineData("v.loss", PredictionType.V, false)]
    [InlineData("v.loss_min_snr5", PredictionType.V, true)]
    public void Compute_OfTheReferencesPrediction_IsItsLoss(string name, PredictionType type, bool isWeighted)
    {
        using var scope = NewDisposeScope();
        using var file = CheckpointFile.Open(Path.Combine(GoldenFolders.Fixtures, "goldens", "sd15-tiny", "targets.safetensors"));
        var timesteps = file.Read("timesteps");
        var objective = new DenoisingObjective(new() { MinSnrGamma = isWeighted ? 5 : null }, s_schedule, type);
        var target = objective.Target(file.Read("latents"), file.Read("noise"), timesteps);

        var loss = objective.Compute(file.Read("pred"), target, new() { Timesteps = timesteps.data<long>().ToArray() });

        Assert.Equal(file.Read(name).ToDouble(), loss.Loss.ToDouble(), 2e-6);
        TensorAssert.Close(file.Read(name.Split('.')[0] + ".loss_per_sample"), loss.PerSample, 2e-6);
        TensorAssert.Close(file.Read("noisy"), objective.Noisy(file.Read("latents"), file.Read("noise"), timesteps), 2e-6);
    }

    [Theory]
    [InlineData("train-unet", null)]
    [InlineData("train-unet-text-minsnr", 5.0)]
    public void Compute_OfTheReferencesFirstStep_IsItsLoss(string name, double? gamma)
    {
        using var scope = NewDisposeScope();
        using var file = CheckpointFile.Open(Path.Combine(GoldenFolders.Fixtures, "goldens", "sd15-tiny", $"{name}.safetensors"));
        var timesteps = file.Read("timesteps")[0];
        var objective = new DenoisingObjective(new() { MinSnrGamma = gamma }, s_schedule, PredictionType.Epsilon);

        var loss = objective.Compute(file.Read("step1.pred"), file.Read("step1.target"), new() { Timesteps = timesteps.data<long>().ToArray() });

        Assert.Equal(file.Read("loss")[0].ToDouble(), loss.Loss.ToDouble(), 2e-6);
        TensorAssert.Close(file.Read("loss_per_sample")[0], loss.PerSample, 2e-6);
    }

    [Fact]
    public void Compute_WithEverything_WeighsMasksAndRegularisationInOrder()
    {
        using var scope = NewDisposeScope();
        var options = new LossOptions { Kind = LossKind.Huber, HuberC = 0.3, MinSnrGamma = 5, PriorWeight = 0.25, Masked = true, UnmaskedWeight = 0.1 };
        var (prediction, target) = (randn(3, 2, 4, 4), randn(3, 2, 4, 4));
        var masks = rand(3, 1, 4, 4);
        long[] timesteps = [10, 500, 900];
        bool[] regularization = [false, true, false];

        var loss = new DenoisingObjective(options, s_schedule, PredictionType.V).Compute(prediction, target,
            new() { Timesteps = timesteps, IsRegularization = regularization, Masks = masks });

        var (p, q, m) = (Optimizers.SmallProblem.Values(prediction), Optimizers.SmallProblem.Values(target), Optimizers.SmallProblem.Values(masks));
        var expected = 0.0;
        for (var b = 0; b < 3; b++)
        {
            var snr = s_schedule.Snr((int)timesteps[b]);
            var sigma = 1 / Math.Sqrt(snr);
            var c = 0.7 / ((1 + sigma) * (1 + sigma)) + 0.3;
            var sample = 0.0;
            for (var i = 0; i < 32; i++)
            {
                var d = p[b * 32 + i] - q[b * 32 + i];
                sample += 2 * c * (Math.Sqrt(d * d + c * c) - c) * Math.Max(0.1, m[b * 16 + i % 16]) / 32;
            }
            Assert.Equal(sample, Optimizers.SmallProblem.Values(loss.PerSample)[b], 1e-5);
            expected += sample * (regularization[b] ? 0.25 : 1) * Math.Min(snr, 5) / (snr + 1) / 3;
        }
        Assert.Equal(expected, loss.Loss.ToDouble(), 1e-5);
    }

    [Fact]
    public void Compute_GoesBackwardToThePrediction()
    {
        using var scope = NewDisposeScope();
        var prediction = ones(2, 1, 2, 2).requires_grad_();
        var loss = new DenoisingObjective(new(), s_schedule, PredictionType.Epsilon).Compute(prediction, zeros(2, 1, 2, 2), new() { Timesteps = [1, 2] });
        loss.Loss.backward();
        TensorAssert.Close(full([2, 1, 2, 2], 2.0 / 8, dtype: float32), prediction.grad!, 1e-7);
        Assert.False(loss.PerSample.requires_grad);
    }

    [Fact]
    public void Compute_WithMasksThatAreNotAskedFor_LeavesThem()
    {
        using var scope = NewDisposeScope();
        var loss = new DenoisingObjective(new(), s_schedule, PredictionType.Epsilon)
            .Compute(ones(1, 1, 2, 2), zeros(1, 1, 2, 2), new() { Timesteps = [5], Masks = zeros(1, 1, 2, 2) });
        Assert.Equal(1, loss.Loss.ToDouble());
    }

    [Fact]
    public void Compute_OfTooFewConditions_SaysHowMany()
    {
        using var scope = NewDisposeScope();
        var objective = new DenoisingObjective(new(), s_schedule, PredictionType.Epsilon);
        Assert.Contains("2 samples and 1 timesteps", Assert.Throws<ArgumentException>(() => objective.Compute(ones(2, 1, 2, 2), ones(2, 1, 2, 2), new() { Timesteps = [5] })).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => objective.Compute(ones(2, 1, 2, 2), ones(2, 1, 2, 2), new() { Timesteps = [5, 6], IsRegularization = [true] }));
    }
}
