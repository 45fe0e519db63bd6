namespace LoraBridge.Checkpoints.Naming;

/// <summary>Spellings of the CLIP text encoder's keys; both worlds use one set of names below <c>text_model.</c></summary>
internal static class TextEncoderNames
{
    private const string Root = "text_model.";

    // early conversions left the root out
    private static readonly string[] _rootless = ["embeddings.", "encoder.", "final_layer_norm."];

    /// <summary>The name below <c>text_model.</c>, or null when it is no key of this encoder.</summary>
    public static string? Canonical(string name)
    {
        if (name.StartsWith(Root, StringComparison.Ordinal)) return name;
        return _rootless.Any(start => name.StartsWith(start, StringComparison.Ordinal)) ? Root + name : null;
    }
}
