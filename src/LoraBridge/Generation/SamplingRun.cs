using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Noise;
using LoraBridge.Diffusion.Sampling;
using LoraBridge.Diffusion.Text;
using LoraBridge.Lora;
using static TorchSharp.torch;

namespace LoraBridge.Generation;

/// <summary>What all batches of a request share: sampler, noise levels, seeds. One call samples one batch.</summary>
internal sealed class SamplingRun
{
    private readonly StableDiffusionModel _model;
    private readonly LoraMixer _mixer;
    private readonly NoiseSchedule _schedule;
    private readonly TextToImageRequest _request;
    private readonly SamplingPlan _plan;

    public SamplingRun(StableDiffusionModel model, LoraMixer mixer, NoiseSchedule schedule, TextToImageRequest request)
    {
        (_model, _mixer, _schedule, _request) = (model, mixer, schedule, request);
        Choice = SamplerNames.Resolve(request.Sampler, request.Scheduler);
        _plan = SamplingPlan.FromNoise(Choice, request.Steps, schedule);
        Steps = new() { Steps = Choice.Sampler.SecondOrder ? 2 * request.Steps : request.Steps };
        Seeds = new()
        {
            Seed = SeedPlan.Choose(request.Seed, Random.Shared),
            Subseed = SeedPlan.Choose(request.Subseed, Random.Shared),
            SubseedStrength = request.SubseedStrength,
            SeedResizeFromWidth = request.SeedResizeFromWidth,
            SeedResizeFromHeight = request.SeedResizeFromHeight,
            EtaNoiseSeedDelta = request.EtaNoiseSeedDelta,
            Origin = request.NoiseOrigin,
        };
    }

    /// <summary>The sampler and scheduler that the names stand for.</summary>
    public SamplerChoice Choice { get; }

    /// <summary>The timeline of scheduled prompts.</summary>
    public ScheduleSteps Steps { get; }

    /// <summary>Each picture's seed.</summary>
    public SeedPlan Seeds { get; }

    /// <summary>Samples one batch.</summary>
    /// <param name="conditioning">One for all pictures of the batch, or one for each.</param>
    /// <param name="images">The pictures' places in the request; with <paramref name="sharedNoise"/> only the first counts.</param>
    /// <param name="sharedNoise">Whether all pictures begin and go on with the noise of the first.</param>
    /// <param name="onStep">Told how many steps are done.</param>
    /// <param name="cancel">Asked between calls of the network.</param>
    /// <returns>Scaled latents, (B, 4, h, w), float32.</returns>
    public Tensor Sample(IReadOnlyList<PromptConditioning> conditioning, Range images, bool sharedNoise, Action<int> onStep, CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        var (first, count) = (images.Start.Value, images.End.Value - images.Start.Value);
        var drawn = sharedNoise ? 1 : count;
        var shape = new LatentShape((int)_model.UNet.Config.InputChannels, _request.Height / 8, _request.Width / 8);
        var noise = new LatentNoise(Seeds, shape, drawn, first);
        INoiseSource source = _plan.Sampler.UsesBrownianNoise ? new BrownianNoise(Seeds, shape, drawn, _plan.Levels, first) : noise;
        using var guidance = new Guidance(
            (x, t, c) => _model.UNet.call(x, t, c), conditioning, _request.GuidanceScale / _plan.Sampler.GuidanceDivisor, _model.ComputeType);
        var call = 0;
        var prediction = _model.Hints.PredictionType == "v_prediction" ? PredictionType.V : PredictionType.Epsilon;
        var denoiser = new Denoiser(_schedule, prediction, Predict) { Cancel = cancel };

        var start = _request.StartNoisePath is { } path ? StartNoiseFile.Read(path, shape, first, drawn, _model.Device) : noise.Start(_model.Device);
        if (sharedNoise) start = start.expand(count, -1, -1, -1).contiguous();
        var latents = _plan.Sampler.Sample(denoiser, _plan.Begin(start), _plan.Levels, new()
        {
            Noise = sharedNoise ? new SharedNoise(source) : source,
            Eta = _request.Eta,
            OnStep = step => onStep(Math.Min(step.Index + 1, _request.Steps)),
        });
        return latents.MoveToOuterDisposeScope();

        Prediction Predict(Tensor x, Tensor timesteps)
        {
            // a sampler may call the network once more than its order says
            _mixer.BeginCall(Math.Min(1, (double)call++ / Steps.Steps));
            return guidance.Predict(x, timesteps);
        }
    }
}
