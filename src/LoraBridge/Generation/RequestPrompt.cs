using LoraBridge.Diffusion.Text;

namespace LoraBridge.Generation;

/// <summary>The prompts of a pass, taken apart.</summary>
/// <param name="Positive">The prompt without comments and tags.</param>
/// <param name="Negative">The negative prompt without comments.</param>
/// <param name="Loras">What the prompt's tags ask for, in order.</param>
/// <param name="Warnings">What has no effect; those who follow the prompt add to it.</param>
internal sealed record RequestPrompt(string Positive, string Negative, IReadOnlyList<LoraTag> Loras, List<PromptWarning> Warnings)
{
    /// <summary>The prompt without comments, with its tags: what infotexts show.</summary>
    public required string Shown { get; init; }

    /// <summary>Reads the prompts of a request.</summary>
    public static RequestPrompt Read(PictureRequest request) => Read(request.Prompt, request.NegativePrompt, request);

    /// <summary>Reads the prompts of a request's second pass: its own, or those of the first.</summary>
    public static RequestPrompt Read(PictureRequest request, HiresSettings hires) =>
        Read(OrElse(hires.Prompt, request.Prompt), OrElse(hires.NegativePrompt, request.NegativePrompt), request);

    private static RequestPrompt Read(string prompt, string negative, PictureRequest request)
    {
        if (request.PromptComments) (prompt, negative) = (PromptComments.Remove(prompt), PromptComments.Remove(negative));
        var warnings = new List<PromptWarning>(PromptCheck.Warnings(prompt, negative, request is TextToImageRequest { Hires: not null }));
        var tags = ExtraNetworkTags.Parse(prompt);
        return new(tags.Prompt, negative, request.IgnoreLoraTags ? [] : tags.Loras(warnings), warnings) { Shown = prompt };
    }

    private static string OrElse(string own, string other) => own.Length > 0 ? own : other;
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
