using System.Globalization;
using System.Text.RegularExpressions;

namespace LoraBridge.Training.Data;

/// <summary>Finds the folders of pictures that a source means: itself, or its <c>10_name</c> folders.</summary>
internal static partial class FolderSearch
{
    public static IReadOnlyList<TrainingFolder> Find(DatasetOptions dataset, DataOptions options, List<DatasetFinding> findings)
    {
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(dataset.Folder));
        if (!Directory.Exists(root))
        {
            findings.Add(File.Exists(root)
                ? DatasetFinding.Error(FindingKind.MissingFolder, root, "It is a file, and a folder is wanted.", "Give the folder of pictures that it lies in.")
                : DatasetFinding.Error(FindingKind.MissingFolder, root, "The folder does not exist.", "Correct the path, or create the folder and put pictures into it."));
            return [];
        }

        var below = PictureSearch.Subfolders(root);
        var numbered = below.Where(folder => Numbered().IsMatch(Path.GetFileName(folder))).ToList();
        var inside = dataset.Layout == FolderLayout.Repeats || (dataset.Layout == FolderLayout.Auto && numbered.Exists(folder => PictureSearch.Pictures(folder, dataset).Count > 0));
        if (!inside) return [Folder(root, dataset, options)];

        if (numbered.Count == 0)
            findings.Add(DatasetFinding.Error(FindingKind.EmptyFolder, root, "No folder in it is named like 10_name.", "Name the folders after repeats and class, such as 10_cat, or set Layout to Flat."));
        ReportIgnored(root, below.Except(numbered), dataset, findings);
        return [.. numbered.Select(folder => Folder(folder, dataset, options))];
    }

    private static void ReportIgnored(string root, IEnumerable<string> others, DatasetOptions dataset, List<DatasetFinding> findings)
    {
        foreach (var folder in others)
        {
            var count = PictureSearch.Pictures(folder, dataset).Count;
            if (count > 0)
                findings.Add(DatasetFinding.Warning(FindingKind.IgnoredFolder, folder, $"Its {count} pictures are ignored: the name does not begin with a number of repeats.", $"Rename it, for instance to 1_{Path.GetFileName(folder)}."));
        }
        var beside = PictureSearch.Pictures(root, dataset with { IncludeSubfolders = false }).Count;
        if (beside > 0)
            findings.Add(DatasetFinding.Warning(FindingKind.IgnoredFolder, root, $"{beside} pictures beside the numbered folders are ignored.", "Move them into one of the folders, or set Layout to Flat."));
    }

    private static TrainingFolder Folder(string path, DatasetOptions dataset, DataOptions options)
    {
        var name = Numbered().Match(Path.GetFileName(path));
        // a flat folder that happens to be named 10_cat means what it says
        var isNumbered = name.Success && dataset.Layout != FolderLayout.Flat;
        var captions = dataset.Captions ?? options.Captions;
        return new()
        {
            Options = dataset,
            Path = path,
            Repeats = dataset.Repeats ?? (isNumbered ? int.Parse(name.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 1),
            ClassTokens = dataset.ClassTokens ?? (isNumbered && name.Groups[2].Value.Trim() is { Length: > 0 } tokens ? tokens : null),
            Captions = dataset.IsRegularisation ? captions with { TriggerWord = null } : captions,
            Augmentation = dataset.Augmentation ?? options.Augmentation,
        };
    }

    [GeneratedRegex(@"^([1-9]\d{0,5})_(.*)$")]
    private static partial Regex Numbered();
}
