namespace LoraBridge.Training.Settings.Reading;

/// <summary>Reads the keys of one source into a layer; every problem is noted and reading goes on.</summary>
internal sealed class SourceInterpreter(List<SettingsProblem> problems, bool anyGroup)
{
    private static readonly string[] s_datasetGroups = ["data", "captions", "augmentation"];

    private readonly Layer _layer = new();

    /// <summary>Reads a source's root.</summary>
    public Layer Read(RawMap root)
    {
        if (Child(root, "datasets") is RawList { Items: [RawMap, ..] } datasets && datasets.Items.Any(item => item is RawMap map && Child(map, "subsets") is not null))
            ReadDatasetConfig(root, datasets);
        else
            Walk(root, [], _layer.Run, isDataset: false);
        return _layer;
    }

    private void Walk(RawMap map, string[] groups, Assignments scope, bool isDataset)
    {
        foreach (var entry in map.Entries)
        {
            string[] path = [.. groups, .. entry.Key.Split('.')];
            if (entry.Value is RawList { Items: [RawMap, ..] } list && groups.Length == 0 && NearestName.Normalize(entry.Key) is "data" or "datasets")
            {
                foreach (var item in list.Items) ReadDataset(item);
                continue;
            }
            var rule = entry.Value is RawMap && KeyTable.IsGroup(path[^1]) ? null : KeyTable.Find(path, anyGroup);
            if (rule is not null) rule.Read(new(entry, scope, _layer, isDataset, problems));
            else if (entry.Value is RawMap inner && (anyGroup || KeyTable.IsGroup(path[^1]))) Walk(inner, path, scope, isDataset);
            else Unknown(entry, path);
        }
    }

    private void ReadDataset(RawValue item)
    {
        if (item is not RawMap map)
        {
            problems.Add(new(Severity.Error, "A data set is keys and values (folder: ./pictures).", item.Place.ToString(), ["data.folder"]));
            return;
        }
        var scope = new Assignments();
        // inside a data set its own keys need no group
        foreach (var entry in map.Entries)
        {
            var rule = entry.Value is RawMap ? null : KeyTable.FindIn(entry.Key, ["data"]) ?? KeyTable.Find(entry.Key.Split('.'), anyGroup);
            if (rule is not null) rule.Read(new(entry, scope, _layer, isDataset: true, problems));
            else if (entry.Value is RawMap inner && KeyTable.IsGroup(entry.Key)) Walk(inner, [entry.Key], scope, isDataset: true);
            else Unknown(entry, [entry.Key]);
        }
        AddDataset(scope, item.Place);
    }

    // kohya's file of data sets: [general], [[datasets]], [[datasets.subsets]]; the inner goes before the outer
    private void ReadDatasetConfig(RawMap root, RawList datasets)
    {
        var general = Child(root, "general") as RawMap;
        foreach (var entry in root.Entries.Where(entry => entry.Key is not ("general" or "datasets"))) Unknown(entry, [entry.Key]);
        foreach (var dataset in datasets.Items.OfType<RawMap>())
        {
            if (Child(dataset, "subsets") is not RawList { Items.Count: > 0 } subsets)
            {
                problems.Add(new(Severity.Error, "A data set needs [[datasets.subsets]] with an image_dir.", dataset.Place.ToString(), ["data.folder"]));
                continue;
            }
            foreach (var subset in subsets.Items.OfType<RawMap>())
            {
                var scope = new Assignments();
                foreach (var level in new[] { general, dataset, subset })
                {
                    if (level is null) continue;
                    var values = new Assignments();
                    Walk(level with { Entries = [.. level.Entries.Where(entry => entry.Key != "subsets")] }, [], values, isDataset: true);
                    scope.Overlay(values.All);
                }
                AddDataset(scope, subset.Place);
            }
        }
    }

    // what no data set has of its own counts for the run, where all data sets must agree
    private void AddDataset(Assignments scope, SourcePlace place)
    {
        var own = new Assignments();
        foreach (var assignment in scope.All)
        {
            if (s_datasetGroups.Contains(assignment.Setting.Group)) own.Add(assignment);
            else if (_layer.Run.Add(assignment) is { } other)
            {
                problems.Add(new(Severity.Error, $"{assignment.Setting.Path} counts for the whole run, and data sets differ: {SettingText.Of(other.Value)} at {other.Origin}, {SettingText.Of(assignment.Value)} at {assignment.Origin}. Make them agree.",
                    assignment.Origin.Place, [assignment.Setting.Path]));
            }
        }
        if (own.Find("data.folder") is null) problems.Add(new(Severity.Error, "A data set has no folder: add folder (image_dir).", place.ToString(), ["data.folder"]));
        else _layer.Datasets.Add(own);
    }

    private void Unknown(RawEntry entry, string[] path)
    {
        var group = path.Length > 1 && SettingsCatalog.Groups.Contains(path[^2]) ? path[^2] : null;
        var known = KeyTable.Find([path[^1]], anyGroup);
        var nearest = known is { Target.Length: > 0 } ? known.Target
            : NearestName.Find(path[^1], group is null ? KeyTable.Names : KeyTable.NamesIn([group])) ?? NearestName.Find(path[^1], KeyTable.Names) ?? NearestName.Find(string.Join('.', path), KeyTable.Names);
        if (nearest is null && entry.Value is RawMap) nearest = NearestName.Find(path[^1], SettingsCatalog.Groups);
        problems.Add(new(Severity.Error, $"'{string.Join('.', path)}' is no setting{(nearest is null ? "" : $"; did you mean {nearest}?")}", entry.Place.ToString(), []));
    }

    private static RawValue? Child(RawMap map, string key) => map.Entries.FirstOrDefault(entry => entry.Key == key)?.Value;
}
