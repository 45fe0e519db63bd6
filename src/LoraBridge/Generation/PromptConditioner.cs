using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Text;
using LoraBridge.Lora;
using static TorchSharp.torch;

namespace LoraBridge.Generation;

/// <summary>Encodes the prompts of requests with a pipeline's text encoder, its adapters and its embeddings.</summary>
internal sealed class PromptConditioner(StableDiffusionModel model, ClipTokenizer tokenizer, LoraMixer mixer, EmbeddingFolder? embeddings) : IDisposable
{
    private (Settings Settings, PromptEncoder Encoder)? _kept;

    /// <summary>Looks for embeddings again.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The text encoder has not so many layers.</exception>
    public void Begin(PictureRequest request)
    {
        var layers = model.TextEncoder.Config.Layers;
        if (request.ClipSkip > layers)
            throw new ArgumentOutOfRangeException(nameof(request), request.ClipSkip, $"{nameof(request.ClipSkip)} must be from 1 to {layers}, the text encoder's layers, not {request.ClipSkip}.");
        embeddings?.Rescan();
    }

    /// <summary>Encodes the prompts of a picture, with the adapters that are on the model.</summary>
    /// <param name="request">How.</param>
    /// <param name="prompt">What; warnings are added to it.</param>
    /// <param name="steps">The timeline of scheduled prompts.</param>
    /// <param name="chosen">The picture's adapters.</param>
    /// <param name="picture">Its number in the batch.</param>
    public PromptConditioning Encode(PictureRequest request, RequestPrompt prompt, ScheduleSteps steps, ChosenLoras chosen, int picture = 0)
    {
        var encoder = Encoder(request);
        encoder.TextEncoderState = mixer.TextState(picture);
        encoder.Embeddings = embeddings is null && chosen.Embeddings.Count == 0 ? null
            : new(tokenizer, model.TextEncoder.Config.Width, embeddings?.Embeddings.Values ?? [], chosen.Embeddings);
        mixer.BeginText(picture);
        foreach (var text in (string[])[prompt.Positive, prompt.Negative])
            foreach (var warning in encoder.Embeddings?.Warnings(text) ?? []) prompt.Warnings.Add(warning);
        return new(encoder.Encode(prompt.Positive, steps), encoder.EncodeNegative(prompt.Negative, steps));
    }

    /// <summary>Lengthens text embeddings by the empty prompt's, as the adapters on the model make them: (B, T, D) to (B, length, D).</summary>
    public Tensor Pad(PictureRequest request, Tensor textEmbeddings, long length) => Encoder(request).Pad(textEmbeddings, length);

    public void Dispose() => _kept?.Encoder.Dispose();

    private PromptEncoder Encoder(PictureRequest request)
    {
        // kept between calls: a job that comes batch by batch has its prompts encoded once
        var settings = new Settings(request.ClipSkip, request.Emphasis, request.CommaBacktrack);
        if (_kept is { } kept && kept.Settings == settings) return kept.Encoder;
        _kept?.Encoder.Dispose();
        var options = new PromptEncoderOptions { Device = model.Device, Chunks = new() { Emphasis = request.Emphasis, CommaBacktrack = request.CommaBacktrack } };
        var encoder = new PromptEncoder(tokenizer, (ids, vectors) => model.TextEncoder.Encode(ids, request.ClipSkip, vectors).to(float32), options);
        _kept = (settings, encoder);
        return encoder;
    }

    private sealed record Settings(int ClipSkip, EmphasisMode Emphasis, int CommaBacktrack);
}
