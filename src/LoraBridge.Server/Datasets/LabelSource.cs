using System.Text.RegularExpressions;

namespace LoraBridge.Server.Datasets;

/// <summary>Where the words of a made caption come from: a row of a table, which is all that another source needs.</summary>
/// <param name="Name">Its name in requests.</param>
/// <param name="Words">The words for a picture.</param>
internal sealed partial record LabelSource(string Name, Func<LabelledPicture, LabelRequest, string> Words)
{
    /// <summary>The sources by name.</summary>
    public static IReadOnlyDictionary<string, LabelSource> All { get; } = new[]
    {
        new LabelSource("fileName", FileName),
        new LabelSource("folderName", (picture, _) => FolderName(picture)),
        new LabelSource("template", (picture, request) => request.Template!
            .Replace("{trigger}", request.Trigger, StringComparison.Ordinal)
            .Replace("{file}", FileName(picture, request), StringComparison.Ordinal)
            .Replace("{folder}", FolderName(picture), StringComparison.Ordinal)),
    }.ToDictionary(source => source.Name, StringComparer.Ordinal);

    private static string FileName(LabelledPicture picture, LabelRequest request)
    {
        var stem = Path.GetFileNameWithoutExtension(picture.Name);
        return request.TrimNumbers ? Number().Replace(stem, "") : stem;
    }

    /// <summary>The folder's name without the number of repeats that trainers take from its front; that of the data set for pictures without a folder.</summary>
    private static string FolderName(LabelledPicture picture)
    {
        var folder = Path.GetFileName(Path.GetDirectoryName(picture.Name) ?? "");
        return folder.Length == 0 ? picture.Dataset : Repeats().Replace(folder, "");
    }

    [GeneratedRegex(@"[\s_.-]*(\(\d+\)|\d+)$")]
    private static partial Regex Number();

    [GeneratedRegex(@"^\d+_(?=.)")]
    private static partial Regex Repeats();
}

/// <summary>A picture that gets a caption.</summary>
/// <param name="Name">Its name in the data set, with its folder.</param>
/// <param name="Dataset">What the data set is called.</param>
internal sealed record LabelledPicture(string Name, string Dataset);
