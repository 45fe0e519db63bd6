namespace LoraBridge.Training.Data;

/// <summary>Finds the mask of a picture: in the mask folder under its name, or beside it ending <c>-masklabel</c>.</summary>
internal sealed class MaskSearch
{
    private readonly TrainingFolder _folder;
    private readonly List<DatasetFinding> _findings;
    private readonly string? _masks;
    private readonly List<string> _without = [];
    private int _found;

    public MaskSearch(TrainingFolder folder, List<DatasetFinding> findings)
    {
        _folder = folder;
        _findings = findings;
        if (folder.Options.MaskFolder is not { } masks) return;
        _masks = PictureSearch.Resolve(folder.Options, masks);
        if (!Directory.Exists(_masks))
            findings.Add(DatasetFinding.Error(FindingKind.MissingFolder, _masks, "The folder of masks does not exist.", "Correct MaskFolder, or leave it out."));
    }

    public string? Of(string picture)
    {
        var mask = Candidates(picture).FirstOrDefault(File.Exists);
        if (mask is null) _without.Add(picture);
        else _found++;
        return mask;
    }

    /// <summary>Masks for some pictures only are usually an oversight.</summary>
    public void ReportMissing()
    {
        if (_found == 0 && _masks is null) return;
        foreach (var picture in _without)
            _findings.Add(DatasetFinding.Warning(FindingKind.MissingMask, picture, "It has no mask, while others have; all of it counts.", "Add a mask of the same name, or leave it so if the whole picture is wanted."));
    }

    private IEnumerable<string> Candidates(string picture)
    {
        if (_masks is not null)
        {
            var below = Path.GetRelativePath(_folder.Path, picture);
            var folder = Path.Combine(_masks, Path.GetDirectoryName(below)!);
            yield return Path.Combine(folder, Path.GetFileName(below));
            foreach (var ending in PictureSearch.Endings) yield return Path.Combine(folder, Path.GetFileNameWithoutExtension(below) + ending);
        }
        yield return Path.Combine(Path.GetDirectoryName(picture)!, Path.GetFileNameWithoutExtension(picture) + PictureSearch.MaskSuffix + ".png");
    }
}
