using LoraBridge.Diffusion.Text;

namespace LoraBridge.Generation;

/// <summary>A pass with all that it draws with: adapters, encoded prompts, and perhaps a refiner.</summary>
internal sealed class PassDrawing : IDisposable
{
    private readonly PictureRequest _request;
    private readonly SamplingPass _pass;
    private readonly GenerationControl _control;
    private readonly PassDrawing? _refiner;
    private readonly PromptConditioning _conditioning;

    /// <summary>Finds the adapters that the prompt names and encodes the prompts with them.</summary>
    /// <exception cref="LoraMissingException">A strict request names an adapter that cannot be used.</exception>
    public PassDrawing(PipelineParts parts, PictureRequest request, SamplingPass pass, RequestPrompt prompt, ScheduleSteps timeline, GenerationControl control, bool isRefiner = false)
    {
        (Parts, _request, _pass, _control) = (parts, request, pass, control);
        Chosen = parts.Loras.Choose([.. prompt.Loras, .. request.Loras], prompt.Warnings, request.Strict, request.LoraFiles);
        parts.Put([Chosen], request);
        _conditioning = parts.Prompts.Encode(request, prompt, timeline, Chosen);
        if (isRefiner || request.Refiner is not { } refiner) return;
        try
        {
            _refiner = new(control.PartsOf(refiner.ModelPath), request, pass, prompt, timeline, control, isRefiner: true);
        }
        catch
        {
            _conditioning.Dispose();
            throw;
        }
    }

    /// <summary>The checkpoint.</summary>
    public PipelineParts Parts { get; }

    /// <summary>The pass.</summary>
    public SamplingPass Pass => _pass;

    /// <summary>The adapters.</summary>
    public ChosenLoras Chosen { get; }

    /// <summary>The embeddings that the prompts named.</summary>
    public IEnumerable<TextEmbedding> Embeddings => _conditioning.Positive.Embeddings.Concat(_conditioning.Negative.Embeddings);

    /// <summary>Whether the prompts were made as long as each other.</summary>
    public bool HasPadded { get; private set; }

    /// <summary>The name of the refiner's checkpoint; null without one.</summary>
    public string? RefinerName => _refiner?.Parts.Infotext.ModelName;

    /// <summary>Draws one batch.</summary>
    /// <param name="images">The pictures' places in the request.</param>
    /// <param name="start">What it begins with; null for noise.</param>
    /// <param name="progress">Told of every step.</param>
    /// <param name="cancel">Asked between calls of the network.</param>
    public PassResult Draw(Range images, PassStart? start, JobProgress progress, CancellationToken cancel)
    {
        // the other pass may have put its own adapters on
        Parts.Put([Chosen], _request);
        _refiner?.Parts.Put([_refiner.Chosen], _request);
        progress.BeginPass(_pass.Plan.Steps);
        using var refiner = _refiner is null ? null : new GuidedNetwork(_refiner.Parts, _pass, [_refiner._conditioning]);
        using var network = new GuidedNetwork(Parts, _pass, [_conditioning]) { Refiner = refiner, SwitchAt = _request.Refiner?.SwitchAt ?? 1 };
        var result = _pass.Sample(network, images, start, sharedNoise: false, progress, _control, cancel);
        HasPadded |= network.HasPadded;
        return result;
    }

    /// <summary>Lets convolutions continue at the opposite edges, or not.</summary>
    public void Wrap(bool wraps)
    {
        Parts.Model.Wrap(wraps);
        _refiner?.Wrap(wraps);
    }

    /// <summary>Gives up adapters that no picture uses any more, beyond the memory allowed.</summary>
    public void Trim()
    {
        Parts.Loras.Trim([Chosen]);
        _refiner?.Trim();
    }

    public void Dispose()
    {
        _conditioning.Dispose();
        _refiner?.Dispose();
    }
}

/// <summary>A second pass with all that it draws with.</summary>
/// <param name="Pass">The pass.</param>
/// <param name="Prompt">Its prompts.</param>
/// <param name="Drawing">What it draws with.</param>
internal sealed record HiresDrawing(HiresPass Pass, RequestPrompt Prompt, PassDrawing Drawing) : IDisposable
{
    public void Dispose() => Drawing.Dispose();
}
