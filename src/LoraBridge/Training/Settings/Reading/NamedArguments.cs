namespace LoraBridge.Training.Settings.Reading;

/// <summary>Reads arguments within a key (<c>network_args = ["conv_dim=4", "algo=loha"]</c>), each of which is a setting of some groups.</summary>
internal static class NamedArguments
{
    /// <summary>Reads them; one that is no setting of the groups is refused, for it would have changed the result.</summary>
    public static void Read(KeyReading key, params string[] groups)
    {
        foreach (var (name, value) in Arguments(key))
        {
            var rule = KeyTable.FindIn(name, groups);
            if (rule is not null)
            {
                rule.Read(key.For(name, value));
                continue;
            }
            var nearest = NearestName.Find(name, KeyTable.NamesIn(groups));
            key.Fail($"'{name}' is no argument that is known here{(nearest is null ? "" : $"; did you mean {nearest}?")}");
        }
    }

    private static IEnumerable<(string Name, RawValue Value)> Arguments(KeyReading key)
    {
        if (key.Entry.Value is RawMap map) return map.Entries.Select(entry => (entry.Key, entry.Value));
        var texts = key.Entry.Value is RawList list
            ? list.Items.OfType<RawScalar>().Select(item => item.Text ?? "")
            : key.Text.Split([' ', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries);
        var pairs = new List<(string, RawValue)>();
        foreach (var text in texts.Select(text => text.Trim()).Where(text => text.Length > 0))
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0) pairs.Add((text[..equals].Trim(), key.Scalar(text[(equals + 1)..].Trim().Trim('"', '\''))));
            else key.Fail($"'{text}' wants the form name=value.");
        }
        return pairs;
    }
}
