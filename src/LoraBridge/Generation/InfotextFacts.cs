using LoraBridge.Diffusion.Text;

namespace LoraBridge.Generation;

/// <summary>What the infotexts of a job are written from.</summary>
/// <param name="Request">What was asked for.</param>
/// <param name="Prompt">Its prompts.</param>
/// <param name="First">The first pass.</param>
/// <param name="Chosen">The adapters that were found.</param>
/// <param name="Embeddings">The embeddings that the prompts named.</param>
internal sealed record InfotextFacts(PictureRequest Request, RequestPrompt Prompt, SamplingPass First, ChosenLoras Chosen, IEnumerable<TextEmbedding> Embeddings)
{
    /// <summary>The second pass.</summary>
    public HiresDrawing? Hires { get; init; }

    /// <summary>Whether a mask acts.</summary>
    public bool IsMasked { get; init; }

    /// <summary>Whether prompts were made as long as each other.</summary>
    public bool HasPadded { get; init; }

    /// <summary>The name of the refiner's checkpoint.</summary>
    public string? RefinerName { get; init; }

    /// <summary>The prompt with all adapters as tags, so that the text alone gives the picture again.</summary>
    public string Shown => WithLoras(Prompt.Shown);

    /// <summary>A prompt with the adapters that no prompt names as tags behind it.</summary>
    public string WithLoras(string prompt) => string.Join(' ', [prompt, .. Request.Loras.Select(LoraTagText.Write)]);
}
