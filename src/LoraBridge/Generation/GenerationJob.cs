using LoraBridge.Diffusion.Noise;
using LoraBridge.Diffusion.Sampling;
using LoraBridge.Diffusion.Text;
using static TorchSharp.torch;

namespace LoraBridge.Generation;

/// <summary>What a request goes through, batch by batch.</summary>
/// <param name="parts">The checkpoint.</param>
/// <param name="request">What is wanted.</param>
/// <param name="control">May end it before its time, and finds other checkpoints.</param>
/// <param name="cancel">Asked between calls of the network.</param>
internal sealed class GenerationJob(PipelineParts parts, PictureRequest request, GenerationControl control, CancellationToken cancel)
{
    private readonly RequestPrompt _prompt = RequestPrompt.Read(request);
    private readonly SeedPlan _seeds = SeedsOf(request);
    private readonly List<GeneratedImage> _images = [];

    /// <summary>Makes the pictures.</summary>
    /// <param name="listener">Told after every step.</param>
    public GenerationResult Run(IProgress<SamplingProgress>? listener)
    {
        using var scope = NewDisposeScope();
        parts.Prompts.Begin(request);
        var first = FirstPass(parts, request, _seeds);
        using var drawing = new PassDrawing(parts, request, first, _prompt, new() { Steps = StepsOf(first), OldTimelines = request.OldTimelines }, control);
        using var hires = request is TextToImageRequest { Hires: { } settings } ? SecondPass(first, settings) : null;
        PassDrawing?[] used = [drawing, hires?.Drawing];
        try
        {
            if (request.Seamless) Array.ForEach(used, one => one?.Wrap(true));
            using var init = request is ImageToImageRequest from ? new InitPictures(from, parts, _prompt.Warnings) : null;
            return Run(drawing, hires, init, listener);
        }
        finally
        {
            // the model may serve a training next
            if (request.Seamless) Array.ForEach(used, one => one?.Wrap(false));
            Array.ForEach(used, one => one?.Trim());
        }
    }

    private GenerationResult Run(PassDrawing drawing, HiresDrawing? hires, InitPictures? init, IProgress<SamplingProgress>? listener)
    {
        var batchSize = init?.BatchSize ?? request.BatchSize;
        var batches = (request.Count + request.BatchSize - 1) / request.BatchSize;
        // pictures to begin with that are fewer than a batch make the job smaller
        var count = batchSize == request.BatchSize ? request.Count : batches * batchSize;
        var passes = hires is null ? 1 : 2;
        var progress = new JobProgress(listener, batches * passes, count) { Previews = request.Previews is { } previews ? new(parts, previews, request.TiledDecode) : null };
        for (var batch = 0; batch < batches && !control.IsInterrupted; batch++)
        {
            control.BeginBatch();
            var images = (batch * batchSize)..Math.Min(count, (batch + 1) * batchSize);
            Batch(drawing, hires, init, images, progress);
            progress.EndBatch(_images.Count, (batch + 1) * passes);
        }
        return new(_images, [.. _prompt.Warnings.Distinct()])
        {
            Facts = parts.Infotext.Summary(Facts(drawing, hires, init), batchSize),
            WasInterrupted = control.IsInterrupted,
        };
    }

    /// <summary>The pass from noise, or from the pictures that a request names.</summary>
    internal static SamplingPass FirstPass(PipelineParts parts, PictureRequest request, SeedPlan seeds)
    {
        var choice = SamplerNames.Resolve(request.Sampler, request.Scheduler);
        var (schedule, options) = (parts.ScheduleFor(request.Sampling), request.Sampling.Scheduler);
        var plan = request is ImageToImageRequest from
            ? SamplingPlan.FromImage(choice, request.Steps, from.DenoisingStrength, schedule, options, from.ExactSteps)
            : SamplingPlan.FromNoise(choice, request.Steps, schedule, options);
        var cell = parts.Codec.PixelsPerCell;
        return new(request, choice, plan, seeds, parts.Prediction)
        {
            Shape = new((int)parts.Model.UNet.Config.OutputChannels, request.Height / cell, request.Width / cell),
            StartNoisePath = (request as TextToImageRequest)?.StartNoisePath,
        };
    }

    /// <summary>The seeds of a request; those that it leaves open are drawn.</summary>
    internal static SeedPlan SeedsOf(PictureRequest request) => new()
    {
        Seed = SeedPlan.Choose(request.Seed, Random.Shared),
        Subseed = SeedPlan.Choose(request.Subseed, Random.Shared),
        SubseedStrength = request.SubseedStrength,
        SeedResizeFromWidth = request.SeedResizeFromWidth,
        SeedResizeFromHeight = request.SeedResizeFromHeight,
        EtaNoiseSeedDelta = request.EtaNoiseSeedDelta,
        Origin = request.NoiseOrigin,
    };

    // scheduled prompts are timed by the steps asked for, also where a picture to begin with leaves some of them out
    private static int StepsOf(SamplingPass pass) => pass.Request.Steps * pass.CallsPerStep;

    private HiresDrawing SecondPass(SamplingPass first, HiresSettings settings)
    {
        var second = settings.ModelPath is { } path ? control.PartsOf(path) : parts;
        var hires = HiresPass.Of(first, settings, second);
        var prompt = RequestPrompt.Read(request, settings);
        _prompt.Warnings.AddRange(prompt.Warnings);
        var timeline = new ScheduleSteps { Steps = StepsOf(first), HiresSteps = hires.Pass.Calls, OldTimelines = request.OldTimelines };
        return new(hires, prompt, new(second, request, hires.Pass, prompt with { Warnings = _prompt.Warnings }, timeline, control));
    }

    private void Batch(PassDrawing drawing, HiresDrawing? hires, InitPictures? init, Range images, JobProgress progress)
    {
        using var scope = NewDisposeScope();
        var result = drawing.Draw(images, init?.Start(_seeds, images), progress, cancel);
        var codec = parts.Codec;
        if (hires is not null && !result.IsUnfinished && !control.EndsBatch)
        {
            var start = new PassStart(hires.Pass.Enlarge(result.Latents, images.Start.Value, parts, hires.Drawing.Parts));
            result = hires.Drawing.Draw(images, start, progress, cancel);
            codec = hires.Drawing.Parts.Codec;
        }
        else if (hires is not null)
        {
            result = result with { IsUnfinished = true };
        }
        var facts = Facts(drawing, hires, init);
        for (var i = 0; i < result.Latents.shape[0]; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var image = images.Start.Value + i;
            var drawn = codec.Decode(result.Latents.narrow(0, i, 1), request.TiledDecode);
            if (init is not null) drawn = init.Finish(image, drawn);
            var text = parts.Infotext.Of(facts, image);
            _images.Add(new(PictureInfotext.Put(text, drawn), text, _seeds.SeedOf(image)) { Subseed = _seeds.SubseedOf(image), IsUnfinished = result.IsUnfinished, Mask = init?.Mask(image, drawn) });
        }
    }

    private InfotextFacts Facts(PassDrawing drawing, HiresDrawing? hires, InitPictures? init) => new(request, _prompt, drawing.Pass, drawing.Chosen, drawing.Embeddings)
    {
        Hires = hires,
        IsMasked = init is { IsMasked: true },
        HasPadded = drawing.HasPadded || hires is { Drawing.HasPadded: true },
        RefinerName = drawing.RefinerName,
    };
}
