using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Noise;
using LoraBridge.Diffusion.Sampling;
using static TorchSharp.torch;

namespace LoraBridge.Generation;

/// <summary>What a pass begins with instead of noise alone.</summary>
/// <param name="Latents">Clean latents, (B, 4, h, w).</param>
internal sealed record PassStart(Tensor Latents)
{
    /// <summary>1 where the latents are kept, (B, 1, h, w); null where all is made anew.</summary>
    public Tensor? Keep { get; init; }

    /// <summary>A factor on the noise.</summary>
    public double NoiseFactor { get; init; } = 1;

    /// <summary>How much of the noise is added once more.</summary>
    public double ExtraNoise { get; init; }
}

/// <summary>What a pass came to.</summary>
/// <param name="Latents">Scaled latents, (B, 4, h, w), float32.</param>
/// <param name="IsUnfinished">Whether it was ended on the way; the latents are then those that the network last saw in the noise.</param>
internal sealed record PassResult(Tensor Latents, bool IsUnfinished);

/// <summary>One way from noise to latents, the same for all batches of a request: sampler, noise levels, seeds, size.</summary>
internal sealed record SamplingPass(PictureRequest Request, SamplerChoice Choice, SamplingPlan Plan, SeedPlan Seeds, PredictionType Prediction)
{
    /// <summary>The pictures' size in latent cells.</summary>
    public required LatentShape Shape { get; init; }

    /// <summary>Where start noise is read from instead of being drawn.</summary>
    public string? StartNoisePath { get; init; }

    /// <summary>Which part of the tokens is merged in attention, 0 to 1.</summary>
    public double TokenMergingRatio { get; init; } = Request.TokenMergingRatio;

    /// <summary>Calls of the network that the steps take.</summary>
    public int Calls => Plan.Steps * CallsPerStep;

    /// <summary>Calls of the network that the whole schedule would take, of which the pass may be the last part.</summary>
    public int ScheduleCalls => Plan.ScheduleSteps * CallsPerStep;

    /// <summary>1, or 2 for second-order samplers.</summary>
    public int CallsPerStep => Choice.Sampler.SecondOrder ? 2 : 1;

    /// <summary>How much of each step is noise; null where the sampler has no such choice.</summary>
    public double? Eta => Choice.Sampler.DefaultEta is null ? null
        : Request.Eta ?? (Choice.Sampler.TakesTimesteps ? Request.Sampling.EtaDdim : Request.Sampling.EtaAncestral);

    /// <summary>Samples one batch.</summary>
    /// <param name="network">The guided network, with the batch's prompts.</param>
    /// <param name="images">The pictures' places in the request; with <paramref name="sharedNoise"/> only the first counts.</param>
    /// <param name="start">What it begins with; null for noise.</param>
    /// <param name="sharedNoise">Whether all pictures begin and go on with the noise of the first.</param>
    /// <param name="progress">Told of every step.</param>
    /// <param name="control">May end it on the way.</param>
    /// <param name="cancel">Asked between calls of the network.</param>
    public PassResult Sample(GuidedNetwork network, Range images, PassStart? start, bool sharedNoise, JobProgress progress, GenerationControl control, CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        using var last = new LastDenoised(progress, Plan.Steps);
        var (first, count) = (images.Start.Value, images.End.Value - images.Start.Value);
        var drawn = sharedNoise ? 1 : count;
        var noise = new LatentNoise(Seeds, Shape, drawn, first);
        var x = Begin(noise, start, first, drawn, count, network.Device);
        if (Plan.IsEmpty) return new(x.MoveToOuterDisposeScope(), IsUnfinished: false);

        INoiseSource source = Plan.Sampler.UsesBrownianNoise ? new BrownianNoise(Seeds, Shape, drawn, Plan.Levels, first) : noise;
        var (call, isEnded) = (0, false);
        Denoiser? denoiser = null;
        denoiser = new(Plan.Schedule, Prediction, (latents, timesteps) =>
        {
            if (control.EndsBatch) throw new EndedException();
            // a sampler may call the network once more than its order says
            var fraction = Math.Min(1, (double)call / Calls);
            return network.Predict(latents, timesteps, denoiser!.Sigma, call++, fraction);
        })
        { Cancel = cancel, Blend = start?.Keep is null ? null : latents => Kept(latents, start) };

        Tensor latents;
        try
        {
            latents = Plan.Sampler.Sample(denoiser, x, Plan.Levels, Options(sharedNoise ? new SharedNoise(source) : source, start is not null, last));
        }
        catch (EndedException)
        {
            (latents, isEnded) = (last.Take() ?? x, true);
        }
        if (start?.Keep is not null) latents = Kept(latents, start);
        return new(latents.MoveToOuterDisposeScope(), isEnded);
    }

    private Tensor Begin(LatentNoise noise, PassStart? start, int first, int drawn, int count, Device device)
    {
        var unit = StartNoisePath is { } path ? StartNoiseFile.Read(path, Shape, first, drawn, device) : noise.Start(device);
        if (drawn < count) unit = unit.expand(count, -1, -1, -1).contiguous();
        return start is null
            ? Plan.Begin(unit, Request.Sampling.KeepVariance)
            : Plan.Begin(start.Latents, unit * start.NoiseFactor, start.ExtraNoise);
    }

    private SamplerOptions Options(INoiseSource noise, bool startsFromImage, LastDenoised last)
    {
        var settings = Request.Sampling;
        return new()
        {
            Noise = noise,
            Eta = Eta,
            SChurn = settings.Churn,
            STmin = settings.ChurnFrom,
            STmax = settings.ChurnUpTo > 0 ? settings.ChurnUpTo : double.PositiveInfinity,
            SNoise = Plan.Sampler.ScalesNoise ? settings.NoiseFactor : 1,
            StartsFromImage = startsFromImage,
            UniPc = settings.UniPc,
            OnStep = last.Keep,
        };
    }

    private static Tensor Kept(Tensor latents, PassStart start)
    {
        using var scope = NewDisposeScope();
        return (latents * (1 - start.Keep!) + start.Latents * start.Keep!).MoveToOuterDisposeScope();
    }

    /// <summary>The clean latents of the last step, for who ends the pass on the way.</summary>
    private sealed class LastDenoised(JobProgress progress, int steps) : IDisposable
    {
        private Tensor? _latents;

        public void Keep(SamplingStep step)
        {
            _latents?.Dispose();
            _latents = step.Denoised.clone().DetachFromDisposeScope();
            progress.Step(Math.Min(step.Index + 1, steps), _latents);
        }

        /// <summary>The latents in the caller's scope; null before the first step.</summary>
        public Tensor? Take()
        {
            using var scope = NewDisposeScope();
            return _latents?.clone().MoveToOuterDisposeScope();
        }

        public void Dispose() => _latents?.Dispose();
    }

    private sealed class EndedException : Exception;
}
