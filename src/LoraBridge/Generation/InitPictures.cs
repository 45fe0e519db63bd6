using LoraBridge.Diffusion.Noise;
using LoraBridge.Diffusion.Text;
using LoraBridge.Imaging;
using static TorchSharp.torch;

namespace LoraBridge.Generation;

/// <summary>The pictures that a job begins with: one for all, or one for each of a batch.</summary>
internal sealed class InitPictures : IDisposable
{
    private readonly ImageToImageRequest _request;
    private readonly List<InitPicture> _pictures = [];

    /// <summary>Reads and encodes a request's pictures.</summary>
    public InitPictures(ImageToImageRequest request, PipelineParts parts, List<PromptWarning> warnings)
    {
        _request = request;
        try
        {
            foreach (var file in request.InitPictures) _pictures.Add(new(file, request, parts));
        }
        catch
        {
            Dispose();
            throw;
        }
        if (_pictures.Exists(picture => picture.HasBlankMask))
            warnings.Add(new("mask", "The mask is black, so there is no part to work on: the whole picture was drawn. Paint white what shall change."));
    }

    /// <summary>Pictures of a batch: where there is one for each, as many as there are.</summary>
    public int BatchSize => _pictures.Count > 1 ? _pictures.Count : _request.BatchSize;

    /// <summary>What a batch's sampling begins with; its tensors are in the caller's scope.</summary>
    /// <param name="seeds">The job's seeds.</param>
    /// <param name="images">The batch's pictures, counted over the job.</param>
    public PassStart Start(SeedPlan seeds, Range images)
    {
        using var scope = NewDisposeScope();
        var places = Enumerable.Range(images.Start.Value, images.End.Value - images.Start.Value).ToArray();
        var latents = cat([.. places.Select(image => Of(image).Latents(seeds, image))], dim: 0).MoveToOuterDisposeScope();
        // pictures of other sizes have other parts to work on; a blank one among them keeps nothing
        var keep = _pictures.Exists(picture => picture.Keep is not null)
            ? cat([.. places.Select(image => Of(image).Keep ?? zeros_like(latents.narrow(0, 0, 1).narrow(1, 0, 1)))], dim: 0).MoveToOuterDisposeScope()
            : null;
        return new(latents) { Keep = keep, NoiseFactor = _request.InitialNoiseFactor, ExtraNoise = _request.ExtraNoise };
    }

    /// <summary>A result of the job with what is kept of its picture.</summary>
    /// <param name="image">The result's place in the job.</param>
    /// <param name="drawn">What was drawn.</param>
    public Picture Finish(int image, Picture drawn) => Of(image).Finish(drawn);

    /// <summary>Where a result was drawn, in its size; null where there is no mask.</summary>
    /// <param name="image">The result's place in the job.</param>
    /// <param name="result">The result.</param>
    public Picture? Mask(int image, Picture result) => Of(image).Overlay?.Resized(result.Width, result.Height);

    /// <summary>Whether masks act at all.</summary>
    public bool IsMasked => _pictures.Exists(picture => picture.Keep is not null);

    public void Dispose()
    {
        foreach (var picture in _pictures) picture.Dispose();
    }

    private InitPicture Of(int image) => _pictures[image % _pictures.Count];
}
