namespace LoraBridge.Imaging.Metadata;

/// <summary>The text entries of a picture and where the generation parameters stand among them.</summary>
internal static class PictureText
{
    /// <summary>The key under which PNG files carry generation parameters.</summary>
    public const string ParametersKey = "parameters";

    /// <summary>The EXIF UserComment.</summary>
    public const string UserCommentKey = "UserComment";

    /// <summary>A GIF or JPEG comment.</summary>
    public const string CommentKey = "Comment";

    /// <summary>In the order the WebUI reads: a non-empty EXIF comment, then the PNG entry, then a GIF or JPEG comment.</summary>
    public static string? Parameters(IReadOnlyDictionary<string, string> text) =>
        text.GetValueOrDefault(UserCommentKey) is { Length: > 0 } comment
            ? comment
            : text.GetValueOrDefault(ParametersKey) ?? text.GetValueOrDefault(CommentKey);

    /// <summary>The entries to write: the picture's own, with its parameters (or the given ones) under their one proper key.</summary>
    public static Dictionary<string, string> Merge(IReadOnlyDictionary<string, string> text, string? parameters)
    {
        var merged = text.Where(entry => entry.Key is not (UserCommentKey or CommentKey)).ToDictionary();
        if ((parameters ?? Parameters(text)) is { } value)
            merged[ParametersKey] = value;
        return merged;
    }
}
