namespace LoraBridge.Generation;

/// <summary>What an infotext says.</summary>
public sealed record InfotextContent
{
    /// <summary>The prompt, perhaps of several lines.</summary>
    public string Prompt { get; init; } = "";

    /// <summary>The negative prompt, perhaps of several lines.</summary>
    public string NegativePrompt { get; init; } = "";

    /// <summary>The values as they are written, in their order; a size is two of them, such as <c>Size-1</c> and <c>Size-2</c>.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();

    /// <summary>What the values that are missing mean, in the WebUI's order: text, whole numbers and truth values.</summary>
    public IReadOnlyDictionary<string, object> Defaults { get; init; } = new Dictionary<string, object>();

    /// <summary>The styles that were recognised and taken out of the prompts.</summary>
    public IReadOnlyList<string> Styles { get; init; } = [];

    /// <summary>All of it as the WebUI's reader returns it: values, <c>Styles array</c> where there are any, the prompts, then what was missing.</summary>
    public IReadOnlyDictionary<string, object> ToParameters()
    {
        var all = new OrderedDictionary<string, object>();
        foreach (var (key, value) in Values) all[key] = value;
        if (Styles.Count > 0) all["Styles array"] = Styles;
        all["Prompt"] = Prompt;
        all["Negative prompt"] = NegativePrompt;
        foreach (var (key, value) in Defaults) all.TryAdd(key, value);
        return all;
    }
}
