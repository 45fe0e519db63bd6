using LoraBridge.Diffusion.Sampling;
using LoraBridge.Diffusion.Text;
using static TorchSharp.torch;

namespace LoraBridge.Diffusion;

/// <summary>
/// Classifier-free guidance (Ho &amp; Salimans 2022, arXiv:2207.12598) over the parts of a composed prompt: the prediction for
/// the negative prompt, plus each part's weight times the scale times how far that part's prediction lies from it.
/// </summary>
/// <param name="unet">(latents (B, 4, h, w), timesteps (B), text embeddings (B, T, D)) -> prediction (B, 4, h, w).</param>
/// <param name="pictures">The conditioning of each picture of a batch, or one for all of them; all have the same parts.</param>
/// <param name="scale">The guidance scale.</param>
/// <param name="type">The type that the UNet computes in.</param>
internal sealed class Guidance(
    Func<Tensor, Tensor, Tensor, Tensor> unet, IReadOnlyList<PromptConditioning> pictures, double scale, ScalarType type) : IDisposable
{
    private readonly IReadOnlyList<ComposedPart> _parts = pictures[0].Positive.Parts;
    private Tensor? _positive, _negative;
    private int _call;

    /// <summary>One call of the guided model; the calls are counted, because prompts may change between them.</summary>
    public Prediction Predict(Tensor latents, Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        Prepare(latents.device);
        _call++;
        var (images, parts) = (latents.shape[0], _parts.Count);
        var conditional = _positive!.expand(-1, images, -1, -1).flatten(0, 1);  // (P B, T, D)
        var unconditional = _negative!.expand(images, -1, -1);                  // (B, T', D)
        var x = latents.to(type);

        Tensor predictions;                                                     // (P B + B, 4, h, w)
        if (conditional.shape[1] == unconditional.shape[1])
        {
            predictions = Call(x, timesteps, cat([conditional, unconditional]));
        }
        else
        {
            predictions = cat([Call(x, timesteps, conditional), Call(x, timesteps, unconditional)]);
        }
        predictions = predictions.to(latents.dtype);

        var unguided = predictions.narrow(0, parts * images, images);           // (B, 4, h, w)
        var guided = unguided.clone();
        for (var part = 0; part < parts; part++)
            guided.add_(predictions.narrow(0, part * images, images) - unguided, _parts[part].Weight * scale);
        return new(guided.MoveToOuterDisposeScope(), unguided.MoveToOuterDisposeScope());
    }

    /// <summary>Gives the embeddings in use back; the conditioning belongs to who made it.</summary>
    public void Dispose()
    {
        _positive?.Dispose();
        _negative?.Dispose();
    }

    private Tensor Call(Tensor x, Tensor timesteps, Tensor textEmbeddings)
    {
        var copies = textEmbeddings.shape[0] / x.shape[0];
        return copies == 1
            ? unet(x, timesteps, textEmbeddings)
            : unet(x.repeat(copies, 1, 1, 1), timesteps.repeat(copies), textEmbeddings);
    }

    // the embeddings are converted and moved only when the text changes
    private void Prepare(Device device)
    {
        if (_positive is null || _parts.Any(part => !part.Conditioning.IsSame(_call, _call - 1)))
        {
            using var scope = NewDisposeScope();
            _positive?.Dispose();
            _positive = stack([.. pictures.Select(picture => picture.Positive.At(_call))], dim: 1)   // (P, 1 or B, T, D)
                .to(type, device).DetachFromDisposeScope();
        }
        if (_negative is null || !pictures[0].Negative.IsSame(_call, _call - 1))
        {
            using var scope = NewDisposeScope();
            _negative?.Dispose();
            _negative = cat([.. pictures.Select(picture => picture.Negative.At(_call))], dim: 0)     // (1 or B, T', D)
                .to(type, device).DetachFromDisposeScope();
        }
    }
}
