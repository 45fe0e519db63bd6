namespace LoraBridge.Training.Settings.Reading;

/// <summary>The reading of one key: its value, and where what it says goes.</summary>
internal sealed class KeyReading(RawEntry entry, Assignments scope, Layer layer, bool isDataset, List<SettingsProblem> problems)
{
    public RawEntry Entry { get; } = entry;

    public Layer Layer { get; } = layer;

    /// <summary>Whether the key stands in a data set of several.</summary>
    public bool IsDataset { get; } = isDataset;

    /// <summary>Its text; empty for nothing, a list or a map.</summary>
    public string Text => Entry.Value is RawScalar { IsNothing: false } scalar ? scalar.Text! : "";

    /// <summary>Whether it says anything but no, none or zero.</summary>
    public bool IsOn => Entry.Value switch
    {
        RawScalar { IsNothing: false } scalar => scalar.Text!.Trim().ToLowerInvariant() is not ("false" or "no" or "off" or "0" or "n" or "0.0"),
        RawList list => list.Items.Count > 0,
        RawMap map => map.Entries.Count > 0,
        _ => false,
    };

    private SettingOrigin Origin => new(Entry.Place.Kind, Entry.Place.ToString(), Entry.Key);

    /// <summary>Gives a setting the key's value, or another.</summary>
    public void Assign(string path, RawValue? value = null)
    {
        var setting = SettingsCatalog.Get(path);
        var result = ValueConversion.Convert(setting, value ?? Entry.Value);
        if (result.Error.Length > 0) Report(Severity.Error, $"{Entry.Key} {result.Error}{Range(setting, result.Error)}.", path);
        if (result.Error.Length > 0 || result.IsUnset) return;
        var before = scope.Add(new(setting, result.Value, Origin));
        if (before is not null)
            Report(Severity.Error, $"{path} is given twice: {before.Origin.Key} = {SettingText.Of(before.Value)} at {before.Origin.Place}, and {Entry.Key} = {SettingText.Of(result.Value)} here. Leave one out.", path);
    }

    /// <summary>Gives settings values that are written as text: <c>model.family=sd2</c>, several separated by semicolons.</summary>
    public void AssignText(string assignments)
    {
        foreach (var part in assignments.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            Assign(part[..equals], Scalar(part[(equals + 1)..]));
        }
    }

    public RawScalar Scalar(string text) => new(Entry.Place, text, IsQuoted: false);

    public void Note(string message) => Report(Severity.Note, $"{Entry.Key}: {message}", "");

    public void Warn(string message) => Report(Severity.Warning, $"{Entry.Key}: {message}", "");

    public void Fail(string message) => Report(Severity.Error, $"{Entry.Key}: {message}", "");

    /// <summary>The same reading for a part of the value.</summary>
    public KeyReading For(string key, RawValue value) => new(new($"{Entry.Key} {key}", value.Place, value), scope, Layer, IsDataset, problems);

    private static string Range(Setting setting, string error) =>
        setting.Range.Length > 0 && !error.Contains("must be", StringComparison.Ordinal) ? $" ({setting.Range})" : "";

    private void Report(Severity severity, string message, string path) =>
        problems.Add(new(severity, message, Entry.Place.ToString(), path.Length > 0 ? [path] : []));
}
