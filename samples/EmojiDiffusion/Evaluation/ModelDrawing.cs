using LoraBridge.Diffusion.Text;
using LoraBridge.Generation;
using LoraBridge.Imaging;

namespace EmojiDiffusion.Evaluation;

/// <summary>Draws with a model's file through the library's pipeline, as any program would.</summary>
internal sealed class ModelDrawing : IDisposable
{
    private readonly TextToImage _pipeline;

    /// <param name="options">The model's file and where the vocabulary is.</param>
    public ModelDrawing(TextToImageOptions options) => (_pipeline, ModelPath) = (TextToImage.Load(options), options.ModelPath);

    /// <summary>The model's file.</summary>
    public string ModelPath { get; }

    /// <summary>Sampling steps.</summary>
    public int Steps { get; init; } = 20;

    /// <summary>How far from the empty prompt.</summary>
    public double GuidanceScale { get; init; } = 3;

    /// <summary>One picture a prompt, each with a seed of its own: the given one and those after it.</summary>
    /// <param name="prompts">What to draw.</param>
    /// <param name="seed">The first picture's seed.</param>
    /// <param name="adapters">Adapters to draw with.</param>
    /// <param name="size">Pixels along a side of what is drawn; it is brought to <see cref="Data.Glyph.Size"/> afterwards.</param>
    /// <param name="cancel">Asked between calls of the network.</param>
    public IReadOnlyList<Picture> Draw(IReadOnlyList<string> prompts, long seed, IReadOnlyList<LoraTag>? adapters = null, int size = Data.Glyph.Size, CancellationToken cancel = default) =>
    [
        .. prompts.Select((prompt, i) => _pipeline.Generate(new TextToImageRequest
        {
            Prompt = prompt,
            Width = size,
            Height = size,
            Steps = Steps,
            Sampler = "DPM++ 2M",
            Scheduler = "Karras",
            GuidanceScale = GuidanceScale,
            Seed = seed + i,
            Loras = adapters ?? [],
        }, cancel: cancel).Images[0].Picture.Resized(Data.Glyph.Size, Data.Glyph.Size)),
    ];

    public void Dispose() => _pipeline.Dispose();
}
