using LoraBridge.Diffusion.Sampling;
using static TorchSharp.torch;

namespace LoraBridge.Generation;

/// <summary>The second pass: enlarges the first's latents and samples them again.</summary>
/// <param name="Settings">What was asked for.</param>
/// <param name="Size">The size that it comes to.</param>
/// <param name="Pass">The sampling.</param>
internal sealed record HiresPass(HiresSettings Settings, HiresSize Size, SamplingPass Pass)
{
    /// <summary>The second pass of a request.</summary>
    /// <param name="first">The first.</param>
    /// <param name="settings">What was asked for.</param>
    /// <param name="parts">The checkpoint that draws it.</param>
    public static HiresPass Of(SamplingPass first, HiresSettings settings, PipelineParts parts)
    {
        var (request, size) = (first.Request, HiresSize.Of(first.Request.Width, first.Request.Height, settings));
        var choice = SamplerNames.Resolve(settings.Sampler ?? first.Choice.Sampler.Name, settings.Scheduler ?? first.Choice.RequestedScheduler.Name);
        var steps = settings.Steps > 0 ? settings.Steps : request.Steps;
        var plan = SamplingPlan.FromImage(choice, steps, settings.DenoisingStrength, parts.ScheduleFor(request.Sampling), request.Sampling.Scheduler, exactSteps: true);
        var cell = parts.Codec.PixelsPerCell;
        return new(settings, size, new(request, choice, plan, first.Seeds, parts.Prediction)
        {
            TokenMergingRatio = settings.TokenMergingRatio > 0 ? settings.TokenMergingRatio : request.TokenMergingRatio,
            Shape = first.Shape with { Height = size.FinalHeight / cell, Width = size.FinalWidth / cell },
        });
    }

    /// <summary>The first pass's latents at the new size.</summary>
    /// <param name="latents">(B, 4, h, w).</param>
    /// <param name="firstImage">The batch's first picture, counted over the job from 0.</param>
    /// <param name="first">The checkpoint that drew them.</param>
    /// <param name="second">The checkpoint that goes on.</param>
    /// <returns>(B, 4, h', w').</returns>
    public Tensor Enlarge(Tensor latents, int firstImage, PipelineParts first, PipelineParts second)
    {
        using var scope = NewDisposeScope();
        var cell = second.Codec.PixelsPerCell;
        var (rows, columns) = (Size.Height / cell, Size.Width / cell);
        var large = LatentUpscaling.Find(Settings.Upscaler) is { } mode
            ? mode.Resize(latents, rows, columns)
            : cat([.. Enumerable.Range(0, (int)latents.shape[0]).Select(i => Enlarge(latents.narrow(0, i, 1), rows * cell, columns * cell, firstImage + i, first, second))], dim: 0);
        return large
            .narrow(2, Size.CutRows / 2, rows - Size.CutRows)
            .narrow(3, Size.CutColumns / 2, columns - Size.CutColumns)
            .contiguous().MoveToOuterDisposeScope();
    }

    private Tensor Enlarge(Tensor latents, int height, int width, int image, PipelineParts first, PipelineParts second)
    {
        using var scope = NewDisposeScope();
        var picture = first.Codec.Decode(latents, Pass.Request.TiledDecode);
        using var encoded = second.Codec.Encode(Upscalers.Get(Settings.Upscaler).Resize(picture, width, height), Pass.Request.TiledDecode);
        return encoded.Draw(Pass.Seeds, image).MoveToOuterDisposeScope();
    }
}
