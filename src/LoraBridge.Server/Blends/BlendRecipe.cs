using System.Text.Json;
using LoraBridge.Diffusion.Text;
using LoraBridge.Generation;
using LoraBridge.Server.Errors;

namespace LoraBridge.Server.Blends;

/// <summary>A blend of adapters, and the picture that it is looked at in.</summary>
internal sealed record BlendRecipe
{
    private const int MostText = 100_000, MostAdapters = 50;

    /// <summary>What it is called.</summary>
    public string Name { get; init; } = "";

    /// <summary>Anything that is to be remembered about it.</summary>
    public string Notes { get; init; } = "";

    /// <summary>The adapters; those that are not enabled are kept and not drawn.</summary>
    public IReadOnlyList<BlendAdapter> Adapters { get; init; } = [];

    /// <summary>What to show, in the WebUI's prompt language; tags in it act besides the adapters.</summary>
    public string Prompt { get; init; } = "";

    /// <summary>What to keep away from.</summary>
    public string NegativePrompt { get; init; } = "";

    /// <summary>Pixels, a multiple of 8.</summary>
    public int Width { get; init; } = 512;

    /// <summary>Pixels, a multiple of 8.</summary>
    public int Height { get; init; } = 512;

    /// <summary>Sampling steps, 1 to 1000.</summary>
    public int Steps { get; init; } = 20;

    /// <summary>The sampler's name.</summary>
    public string Sampler { get; init; } = "Euler a";

    /// <summary>The scheduler's name; null for the sampler's own.</summary>
    public string? Scheduler { get; init; }

    /// <summary>The guidance scale; 1 is the prompt alone.</summary>
    public double GuidanceScale { get; init; } = 7;

    /// <summary>The seed; null or -1 draws one.</summary>
    public long? Seed { get; init; }

    /// <summary>Which of the text encoder's layers is read, counted from the last, 1 to 12.</summary>
    public int ClipSkip { get; init; } = 1;

    /// <summary>The checkpoint's title or name; null for the one in use.</summary>
    public string? Model { get; init; }

    /// <summary>The tags of the adapters that are drawn.</summary>
    /// <exception cref="RequestException">An adapter has a value that it cannot have.</exception>
    public IReadOnlyList<LoraTag> Tags() => [.. Adapters.Index().Where(pair => pair.Item.Enabled).Select(pair => pair.Item.ToTag($"adapters[{pair.Index}]"))];

    /// <summary>The picture that it is looked at in.</summary>
    /// <exception cref="RequestException">A value is out of range; the field is named.</exception>
    public TextToImageRequest Picture()
    {
        Check();
        var picture = new TextToImageRequest
        {
            Prompt = Prompt,
            NegativePrompt = NegativePrompt,
            Width = Width,
            Height = Height,
            Steps = Steps,
            Sampler = Sampler,
            Scheduler = Scheduler,
            GuidanceScale = GuidanceScale,
            Seed = Seed is >= 0 and var seed ? seed : null,
            ClipSkip = ClipSkip,
            Loras = Tags(),
            Strict = true,
        };
        try
        {
            picture.Validate();
            return picture;
        }
        catch (ArgumentException wrong)
        {
            var sentence = wrong.Message.Split(" (Parameter '")[0];
            throw RequestException.Invalid(JsonNamingPolicy.CamelCase.ConvertName(wrong.ParamName ?? "blend"), sentence, "Correct the number.");
        }
    }

    /// <summary>Refuses what cannot be kept.</summary>
    /// <exception cref="RequestException">A field has a value that it cannot have.</exception>
    public void CheckForKeeping()
    {
        if (string.IsNullOrWhiteSpace(Name)) throw RequestException.Invalid("name", "The blend has no name.", "Give it one, such as 'ink and fog'.");
        Picture();
        foreach (var (i, adapter) in Adapters.Index()) adapter.ToTag($"adapters[{i}]");
    }

    private void Check()
    {
        if (Name.Length > 200 || Name.Any(char.IsControl)) throw RequestException.Invalid("name", "The name is too long, or holds control characters.", "Give one of up to 200 characters.");
        foreach (var (field, text) in new[] { ("notes", Notes), ("prompt", Prompt), ("negativePrompt", NegativePrompt), ("sampler", Sampler), ("scheduler", Scheduler ?? ""), ("model", Model ?? "") })
            if (text.Length > MostText || text.Contains('\0', StringComparison.Ordinal)) throw RequestException.Invalid(field, $"It is no text of up to {MostText:N0} characters.", "Send a shorter text.");
        if (Adapters.Count > MostAdapters) throw RequestException.Invalid("adapters", $"There are more than {MostAdapters} adapters.", "Leave some out, or bake some into one.");
        if (Adapters.Any(adapter => adapter is null)) throw RequestException.Invalid("adapters", "One of them is null.", "Leave it out.");
        if (Seed is > uint.MaxValue) throw RequestException.Invalid("seed", "It is above 4294967295.", "Give a smaller number, or -1 to have one drawn.");
    }
}

/// <summary>A blend that was saved.</summary>
/// <param name="Id">Its name in addresses.</param>
/// <param name="Version">1 when it is new, one more after every change; also the ETag.</param>
/// <param name="CreatedAt">When it was saved first.</param>
/// <param name="UpdatedAt">When it was saved last.</param>
/// <param name="Recipe">What was saved.</param>
internal sealed record SavedBlend(string Id, long Version, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, BlendRecipe Recipe);

/// <summary>A page of saved blends.</summary>
/// <param name="Total">How many there are on all pages.</param>
/// <param name="Offset">How many come before this page.</param>
/// <param name="Blends">This page, the last changed first.</param>
/// <param name="Problems">Files that cannot be read, a sentence each.</param>
internal sealed record BlendPage(int Total, int Offset, IReadOnlyList<SavedBlend> Blends, IReadOnlyList<string> Problems);
