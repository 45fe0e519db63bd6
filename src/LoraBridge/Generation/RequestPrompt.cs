using LoraBridge.Diffusion.Text;

namespace LoraBridge.Generation;

/// <summary>A request's prompts, taken apart.</summary>
/// <param name="Positive">The prompt without comments and tags.</param>
/// <param name="Negative">The negative prompt without comments.</param>
/// <param name="Loras">What the prompt's tags ask for, in order.</param>
/// <param name="Warnings">What has no effect; those who follow the prompt add to it.</param>
internal sealed record RequestPrompt(string Positive, string Negative, IReadOnlyList<LoraTag> Loras, List<PromptWarning> Warnings)
{
    public static RequestPrompt Read(TextToImageRequest request)
    {
        var (prompt, negative) = (PromptComments.Remove(request.Prompt), PromptComments.Remove(request.NegativePrompt));
        var warnings = new List<PromptWarning>(PromptCheck.Warnings(prompt, negative));
        var tags = ExtraNetworkTags.Parse(prompt);
        return new(tags.Prompt, negative, tags.Loras(warnings), warnings);
    }
}

/// <summary>The conditioning of a batch's pictures.</summary>
/// <param name="pictures">One for each.</param>
internal sealed class ConditioningBatch(IEnumerable<PromptConditioning> pictures) : IDisposable
{
    public IReadOnlyList<PromptConditioning> Pictures { get; } = [.. pictures];

    public void Dispose()
    {
        foreach (var picture in Pictures) picture.Dispose();
    }
}
