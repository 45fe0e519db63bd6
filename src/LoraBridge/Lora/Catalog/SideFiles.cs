namespace LoraBridge.Lora.Catalog;

/// <summary>The names of the files that front-ends keep beside an adapter.</summary>
internal static class SideFiles
{
    /// <summary>In the order in which a picture is looked for; each as <c>name.png</c>, then <c>name.preview.png</c>.</summary>
    public static IReadOnlyList<string> PictureEndings { get; } = [".png", ".jpg", ".jpeg", ".webp", ".gif"];

    public static string Json(string stem) => stem + ".json";

    public static string Text(string stem) => stem + ".txt";

    public static string Description(string stem) => stem + ".description.txt";

    public static IEnumerable<string> Pictures(string stem) => PictureEndings.SelectMany(ending => new[] { stem + ending, stem + ".preview" + ending });

    /// <summary>The stamps of the texts beside an adapter.</summary>
    /// <param name="stem">The adapter's name without its extension.</param>
    /// <param name="files">All files of its folder.</param>
    public static SideStamps Stamps(string stem, Dictionary<string, FileStamp> files) =>
        new(files.GetValueOrDefault(Json(stem)), files.GetValueOrDefault(Text(stem)), files.GetValueOrDefault(Description(stem)));
}
