using LoraBridge.Checkpoints;
using LoraBridge.Diffusion;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Goldens;

/// <summary>Noising, targets, loss weights and losses as trainers compute them.</summary>
internal static class TargetsGoldens
{
    // for values up to about 4, and relative to larger ones
    private const double Limit = 2e-6;

    private static readonly NoiseSchedule s_schedule = NoiseSchedule.StableDiffusionTraining;

    public static readonly GoldenCheck Check = new("targets.safetensors", Cases, Run);

    private static IEnumerable<string> Cases(string path)
    {
        using var file = CheckpointFile.Open(path);
        return [.. file.Tensors.Keys.Where(name => name is not ("latents" or "noise" or "timesteps" or "pred"))];
    }

    private static void Run(string path, string name)
    {
        using var scope = NewDisposeScope();
        using var file = CheckpointFile.Open(path);
        var expected = file.Read(name);
        var largest = Math.Max(1, expected.abs().max().ToDouble());
        TensorAssert.Close(expected, Compute(name, file).to(float32).view(expected.shape), GoldenTolerances.Limit(path, name, Limit * largest), name);
    }

    private static Tensor Compute(string name, CheckpointFile file)
    {
        var (latents, noise, timesteps) = (file.Read("latents"), file.Read("noise"), file.Read("timesteps"));
        return name switch
        {
            "noisy" => s_schedule.AddNoise(latents, noise, timesteps),
            "v_target" => s_schedule.Velocity(latents, noise, timesteps),
            "snr" => PerTimestep(s_schedule.Snr),
            "min_snr5_weight_eps" => PerTimestep(t => s_schedule.MinSnrWeight(t, 5, PredictionType.Epsilon)),
            "min_snr5_weight_v" => PerTimestep(t => s_schedule.MinSnrWeight(t, 5, PredictionType.V)),
            "debiased_weight_eps" => PerTimestep(t => s_schedule.DebiasedWeight(t, PredictionType.Epsilon)),
            "zero_terminal_snr.alphas_cumprod" => tensor(s_schedule.RescaledToZeroTerminalSnr().AlphasCumprod.ToArray()),
            _ => Loss(name, file, latents, noise, timesteps),
        };
    }

    private static Tensor Loss(string name, CheckpointFile file, Tensor latents, Tensor noise, Tensor timesteps)
    {
        var type = name.StartsWith("v.", StringComparison.Ordinal) ? PredictionType.V : PredictionType.Epsilon;
        var perSample = DenoisingLoss.PerSample(file.Read("pred"), s_schedule.Target(latents, noise, timesteps, type));
        return name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..] switch
        {
            "loss" => perSample.mean(),
            "loss_per_sample" => perSample,
            "loss_min_snr5" => DenoisingLoss.Weighted(perSample, [.. timesteps.data<long>().ToArray().Select(t => s_schedule.MinSnrWeight((int)t, 5, type))]),
            _ => throw new ArgumentException($"no check for {name}", nameof(name)),
        };
    }

    private static Tensor PerTimestep(Func<int, double> value) =>
        tensor(Enumerable.Range(0, s_schedule.Length).Select(value).ToArray(), dtype: float64);
}
