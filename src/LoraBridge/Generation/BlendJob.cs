using LoraBridge.Diffusion.Text;
using static TorchSharp.torch;

namespace LoraBridge.Generation;

/// <summary>Draws blends of adapters, several of them in one batch.</summary>
/// <param name="parts">The checkpoint.</param>
/// <param name="request">Which blends.</param>
/// <param name="control">May end it before its time.</param>
/// <param name="cancel">Asked between calls of the network.</param>
internal sealed class BlendJob(PipelineParts parts, BlendPreviewRequest request, GenerationControl control, CancellationToken cancel)
{
    private readonly TextToImageRequest _picture = request.Picture;
    private readonly RequestPrompt _prompt = RequestPrompt.Read(request.Picture);
    private readonly List<GeneratedImage> _images = [];

    /// <summary>Makes the pictures and the sheet.</summary>
    /// <param name="listener">Told after every step.</param>
    public BlendPreview Run(IProgress<SamplingProgress>? listener)
    {
        using var scope = NewDisposeScope();
        parts.Prompts.Begin(_picture);
        var pass = GenerationJob.FirstPass(parts, _picture, GenerationJob.SeedsOf(_picture));
        var blends = request.Blends.Select(blend => parts.Loras.Choose([.. _prompt.Loras, .. _picture.Loras, .. blend.Loras], _prompt.Warnings, _picture.Strict, _picture.LoraFiles)).ToList();
        var batches = blends.Chunk(pass.Choice.Sampler.CouplesImages ? 1 : request.AtOnce).ToList();
        var progress = new JobProgress(listener, batches.Count, blends.Count)
        {
            Previews = _picture.Previews is { } previews ? new(parts, previews, _picture.TiledDecode) : null,
        };
        try
        {
            if (_picture.Seamless) parts.Model.Wrap(true);
            foreach (var (i, batch) in batches.Index())
            {
                if (control.IsInterrupted) break;
                control.BeginBatch();
                Batch(pass, batch, progress);
                progress.EndBatch(_images.Count, i + 1);
            }
        }
        finally
        {
            if (_picture.Seamless) parts.Model.Wrap(false);
        }
        parts.Loras.Trim(blends);
        return new(ContactSheet.Of(request, _images), _images, [.. _prompt.Warnings.Distinct()]);
    }

    private void Batch(SamplingPass pass, ChosenLoras[] batch, JobProgress progress)
    {
        using var scope = NewDisposeScope();
        parts.Put(batch, _picture);
        var timeline = new ScheduleSteps { Steps = _picture.Steps * pass.CallsPerStep, OldTimelines = _picture.OldTimelines };
        using var conditioning = new ConditioningBatch(batch.Select((chosen, i) => parts.Prompts.Encode(_picture, _prompt, timeline, chosen, i)));
        using var network = new GuidedNetwork(parts, pass, conditioning.Pictures);
        progress.BeginPass(pass.Plan.Steps);
        var result = pass.Sample(network, 0..batch.Length, start: null, sharedNoise: true, progress, control, cancel);
        foreach (var (i, chosen) in batch.Index())
        {
            cancel.ThrowIfCancellationRequested();
            var prompts = conditioning.Pictures[i];
            var shown = _picture with { Loras = [.. _picture.Loras, .. request.Blends[_images.Count].Loras] };
            var facts = new InfotextFacts(shown, _prompt, pass, chosen, prompts.Positive.Embeddings.Concat(prompts.Negative.Embeddings)) { HasPadded = network.HasPadded };
            var text = parts.Infotext.Of(facts, 0);
            var drawn = parts.Codec.Decode(result.Latents.narrow(0, i, 1), _picture.TiledDecode);
            _images.Add(new(PictureInfotext.Put(text, drawn), text, pass.Seeds.SeedOf(0)) { Subseed = pass.Seeds.SubseedOf(0), IsUnfinished = result.IsUnfinished });
        }
    }
}
