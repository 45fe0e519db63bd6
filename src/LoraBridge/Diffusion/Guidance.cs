using LoraBridge.Diffusion.Sampling;
using LoraBridge.Diffusion.Text;
using static TorchSharp.torch;

namespace LoraBridge.Diffusion;

/// <summary>How strongly and where guidance acts.</summary>
internal sealed record GuidanceOptions
{
    /// <summary>The guidance scale.</summary>
    public required double Scale { get; init; }

    /// <summary>Below this noise level the negative prompt is left out of every second call; 0 is off.</summary>
    public double NegativeDownTo { get; init; }

    /// <summary>Whether it is left out of every call there.</summary>
    public bool NegativeDownToAtEveryStep { get; init; }

    /// <summary>The part of the calls at whose beginning the negative prompt is left out, 0 to 1.</summary>
    public double NegativeFrom { get; init; }

    /// <summary>The calls of the whole schedule, of which <see cref="NegativeFrom"/> is a part.</summary>
    public int Calls { get; init; } = 1;

    /// <summary>What is done for prompts of different length.</summary>
    public PromptPadding Padding { get; init; }

    /// <summary>Lengthens text embeddings by the empty prompt's, for <see cref="PromptPadding.EmptyPrompt"/>: (B, T, D) and the length wanted.</summary>
    public Func<Tensor, long, Tensor>? Pad { get; init; }
}

/// <summary>
/// Classifier-free guidance (Ho &amp; Salimans 2022, arXiv:2207.12598) over the parts of a composed prompt: the prediction for
/// the negative prompt, plus each part's weight times the scale times how far that part's prediction lies from it.
/// </summary>
/// <param name="unet">(latents (B, 4, h, w), timesteps (B), text embeddings (B, T, D)) -> prediction (B, 4, h, w).</param>
/// <param name="pictures">The conditioning of each picture of a batch, or one for all of them; all have the same parts.</param>
/// <param name="options">How strongly and where it acts.</param>
/// <param name="type">The type that the UNet computes in.</param>
internal sealed class Guidance(
    Func<Tensor, Tensor, Tensor, Tensor> unet, IReadOnlyList<PromptConditioning> pictures, GuidanceOptions options, ScalarType type) : IDisposable
{
    private readonly IReadOnlyList<ComposedPart> _parts = pictures[0].Positive.Parts;
    private Tensor? _positive, _negative;
    private int _preparedFor;

    /// <summary>Whether embeddings were lengthened or cut so that they fit each other.</summary>
    public bool HasPadded { get; private set; }

    /// <summary>One call of the guided model.</summary>
    /// <param name="latents">What the network is given, (B, 4, h, w).</param>
    /// <param name="timesteps">(B).</param>
    /// <param name="sigma">Their noise level.</param>
    /// <param name="call">Which call of the run it is, from 0: prompts may change between them.</param>
    public Prediction Predict(Tensor latents, Tensor timesteps, double sigma, int call)
    {
        using var scope = NewDisposeScope();
        Prepare(call, latents.device);
        var (images, parts) = (latents.shape[0], _parts.Count);
        var conditional = _positive!.expand(-1, images, -1, -1).flatten(0, 1);  // (P B, T, D)
        var x = latents.to(type);
        if (LeavesOutNegative(sigma, call))
        {
            var alone = Run(x, timesteps, conditional).to(latents.dtype);       // (P B, 4, h, w)
            // the first part stands in for the negative prompt, at a scale of 1
            var first = alone.narrow(0, 0, images);
            return new(Guided(alone, first, images, 1).MoveToOuterDisposeScope(), first.MoveToOuterDisposeScope());
        }

        var unconditional = _negative!.expand(images, -1, -1);                  // (B, T', D)
        var predictions = conditional.shape[1] == unconditional.shape[1]        // (P B + B, 4, h, w)
            ? Run(x, timesteps, cat([conditional, unconditional]))
            : cat([Run(x, timesteps, conditional), Run(x, timesteps, unconditional)]);
        predictions = predictions.to(latents.dtype);
        var unguided = predictions.narrow(0, parts * images, images);           // (B, 4, h, w)
        return new(Guided(predictions, unguided, images, options.Scale).MoveToOuterDisposeScope(), unguided.MoveToOuterDisposeScope());
    }

    /// <summary>Gives the embeddings in use back; the conditioning belongs to who made it.</summary>
    public void Dispose()
    {
        _positive?.Dispose();
        _negative?.Dispose();
    }

    private bool LeavesOutNegative(double sigma, int call)
    {
        if (options.NegativeFrom > 0 && (double)call / options.Calls <= options.NegativeFrom) return true;
        return sigma < options.NegativeDownTo && (options.NegativeDownToAtEveryStep || call % 2 == 1);
    }

    private Tensor Guided(Tensor predictions, Tensor unguided, long images, double scale)
    {
        var guided = unguided.clone();
        foreach (var (i, part) in _parts.Index())
            guided.add_(predictions.narrow(0, i * images, images) - unguided, part.Weight * scale);
        return guided;
    }

    private Tensor Run(Tensor x, Tensor timesteps, Tensor textEmbeddings)
    {
        var copies = textEmbeddings.shape[0] / x.shape[0];
        return copies == 1
            ? unet(x, timesteps, textEmbeddings)
            : unet(x.repeat(copies, 1, 1, 1), timesteps.repeat(copies), textEmbeddings);
    }

    // the embeddings are converted and moved only when the text changes
    private void Prepare(int call, Device device)
    {
        var isSame = _positive is not null && pictures[0].Negative.IsSame(call, _preparedFor) && _parts.All(part => part.Conditioning.IsSame(call, _preparedFor));
        _preparedFor = call;
        if (isSame) return;

        using var scope = NewDisposeScope();
        var positive = stack([.. pictures.Select(picture => picture.Positive.At(call))], dim: 1);    // (P, 1 or B, T, D)
        var negative = cat([.. pictures.Select(picture => picture.Negative.At(call))], dim: 0);      // (1 or B, T', D)
        if (options.Padding != PromptPadding.None && positive.shape[2] != negative.shape[1])
        {
            (positive, negative) = Padded(positive, negative);
            HasPadded = true;
        }
        _positive?.Dispose();
        _negative?.Dispose();
        _positive = positive.to(type, device).DetachFromDisposeScope();
        _negative = negative.to(type, device).DetachFromDisposeScope();
    }

    private (Tensor Positive, Tensor Negative) Padded(Tensor positive, Tensor negative)
    {
        var (length, other) = (positive.shape[2], negative.shape[1]);
        if (options.Padding == PromptPadding.LastRow)
        {
            return (positive, other > length
                ? negative.narrow(1, 0, length)
                : cat([negative, negative.narrow(1, other - 1, 1).expand(-1, length - other, -1)], dim: 1));
        }
        var pad = options.Pad ?? throw new InvalidOperationException("Padding by the empty prompt needs its text embeddings: set GuidanceOptions.Pad.");
        return length < other
            ? (pad(positive.flatten(0, 1), other).view(positive.shape[0], positive.shape[1], other, -1), negative)
            : (positive, pad(negative, length));
    }
}
