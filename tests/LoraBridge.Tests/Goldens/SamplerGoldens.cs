using LoraBridge.Checkpoints;
using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Sampling;
using LoraBridge.Tests.Diffusion.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Goldens;

/// <summary>Whole sampling runs of a small model with guidance: where each step stands, what it denoises to, how often the network is called, and where it ends.</summary>
internal static class SamplerGoldens
{
    private const double GuidanceScale = 7;
    private const double RelativeLimit = 5e-5;
    private static readonly NoiseSchedule s_schedule = NoiseSchedule.StableDiffusion;

    public static readonly GoldenCheck Check = new("samplers.safetensors", path => GoldenModels.Stems(path, ".out"), Run);

    private static void Run(string path, string name)
    {
        using var scope = NewDisposeScope();
        using var file = CheckpointFile.Open(path);
        var run = GoldenRun.Parse(name);
        var levels = Levels(run, name, file);
        var start = file.Read("noise");
        if (!run.Sampler.TakesTimesteps) start *= levels[0];
        var noise = file.Tensors.ContainsKey($"{name}.noise") ? new GivenNoise(file.Read($"{name}.noise")) : null;
        var denoiser = Guided(path, file);
        List<Tensor> x = [], denoised = [];

        var result = run.Sampler.Sample(denoiser, start, levels, run.Options with
        {
            Noise = noise,
            OnStep = step =>
            {
                x.Add(step.X.clone().MoveToOtherDisposeScope(scope));
                denoised.Add(step.Denoised.clone().MoveToOtherDisposeScope(scope));
            },
        });

        Compare(path, file, $"{name}.x", () => cat(x));
        Compare(path, file, $"{name}.denoised", () => cat(denoised));
        Compare(path, file, $"{name}.out", () => result);
        if (file.Tensors.ContainsKey($"{name}.model_calls")) Assert.Equal(file.Read($"{name}.model_calls").ToInt64(), denoiser.ModelCalls);
        if (noise is not null) Assert.Equal(file.Tensors[$"{name}.noise"].Shape[0], noise.Draws);
    }

    private static Denoiser Guided(string path, CheckpointFile file)
    {
        var unet = GoldenModels.Beside(path).UNet;
        var embeddings = cat([file.Read("uncond"), file.Read("cond")]);
        return new(s_schedule, PredictionType.Epsilon, (x, timesteps) =>
        {
            var both = unet.call(cat([x, x]), cat([timesteps, timesteps]), embeddings).chunk(2);
            return new(both[0] + (both[1] - both[0]) * GuidanceScale, both[0]);
        });
    }

    private static double[] Levels(GoldenRun run, string name, CheckpointFile file)
    {
        if (file.Tensors.ContainsKey($"{name}.sigmas"))
        {
            var sigmas = file.Read($"{name}.sigmas").to(float64).data<double>().ToArray();
            return run.Schedulers
                .Select(scheduler => Schedulers.Get(scheduler).Sigmas(sigmas.Length - 1, s_schedule))
                .FirstOrDefault(own => own.Length == sigmas.Length && own.Zip(sigmas).All(pair => Math.Abs(pair.First - pair.Second) <= 2e-6 * pair.Second))
                ?? throw new InvalidDataException($"{name}.sigmas are not those of {string.Join(" or ", run.Schedulers)}");
        }
        if (!run.FollowsDiffusers) return SamplingPlan.Timesteps(run.Steps, s_schedule.Length);
        var timesteps = file.Read($"{name}.timesteps").to(float64).data<double>().ToArray().Reverse();
        return run.Sampler.Name == "DDIM" ? [0, .. timesteps] : [.. timesteps];
    }

    private static void Compare(string path, CheckpointFile file, string name, Func<Tensor> actual)
    {
        if (!file.Tensors.ContainsKey(name)) return;
        var expected = file.Read(name);
        TensorAssert.Close(expected, actual(), GoldenTolerances.Limit(path, name, RelativeLimit * expected.abs().max().ToDouble()), name);
    }

    /// <summary>What a run's name says, e.g. <c>dpmpp_2m_karras_20</c> or <c>web_unipc_5</c>.</summary>
    private sealed record GoldenRun(Sampler Sampler, string[] Schedulers, int Steps, bool FollowsDiffusers, SamplerOptions Options)
    {
        public static GoldenRun Parse(string name)
        {
            var words = name.Split('_').ToList();
            var steps = 0;
            if (words.Count > 1 && int.TryParse(words[^1], out steps)) words.RemoveAt(words.Count - 1);
            var isWeb = words.Remove("web");
            var isDiffusers = words.Remove("diffusers");
            var scheduler = words.Count > 1 ? LoraBridge.Diffusion.Sampling.Schedulers.Find(words[^1]) : null;
            if (scheduler is not null) words.RemoveAt(words.Count - 1);

            var stem = string.Join('_', words);
            var sampler = stem switch
            {
                "dpm2" => Samplers.Get("DPM2"),
                "dpm2_a" => Samplers.Get("DPM2 a"),
                _ => Samplers.Find(stem) ?? Samplers.Get("k_" + stem),
            };
            var followsDiffusers = sampler.TakesTimesteps && (isDiffusers || !isWeb);
            var options = new SamplerOptions();
            if (followsDiffusers && sampler.Name == "UniPC")
                options = options with { UniPc = new() { Variant = UniPcVariant.Bh2, Order = 2, SkipType = UniPcSkipType.Given } };
            // a run that names no scheduler has the plain levels or its sampler's own
            string[] schedulers = scheduler is not null ? [scheduler.Name] : ["uniform", sampler.DefaultScheduler ?? "uniform"];
            return new(sampler, schedulers, steps, followsDiffusers, options);
        }
    }
}
