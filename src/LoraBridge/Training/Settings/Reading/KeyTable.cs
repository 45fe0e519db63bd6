namespace LoraBridge.Training.Settings.Reading;

/// <summary>Every key that a source may have, found by its spellings.</summary>
internal static class KeyTable
{
    /// <summary>Groups of other programs' files, which say nothing but that they group.</summary>
    private static readonly HashSet<string> s_foreignGroups = new(
        new[] { "model_config", "train_config", "training_config", "training", "train", "data_config", "lora_config", "network_config", "optimizer_config", "output_config", "save_config", "save", "sample_config", "sample", "logging_config", "config", "dataset_config", "lora" }
            .Select(NearestName.Normalize), StringComparer.Ordinal);

    private static readonly Dictionary<string, string> s_groups = SettingsCatalog.Groups.ToDictionary(NearestName.Normalize, StringComparer.Ordinal);

    private static readonly Dictionary<string, KeyRule> s_own = SettingsCatalog.All.ToDictionary(
        setting => NearestName.Normalize(setting.Path), OwnRule, StringComparer.Ordinal);

    private static readonly Dictionary<string, KeyRule> s_flat = Flat();

    /// <summary>Every key as it is written, for the nearest name of an unknown one.</summary>
    public static IEnumerable<string> Names { get; } = [.. SettingsCatalog.All.Select(setting => setting.Path), .. s_flat.Values.SelectMany(rule => rule.Names).Distinct()];

    /// <summary>Every word for a setting besides its own name, as it is written.</summary>
    public static IReadOnlyList<string> WordsFor(string path) =>
        [.. s_flat.Values.Where(rule => rule.Target == path).Distinct().SelectMany(rule => rule.Names).Where(name => !name.Contains('.', StringComparison.Ordinal) && NearestName.Normalize(name) != NearestName.Normalize(path.Split('.')[^1])).Distinct()];

    /// <summary>Whether a key groups others: one of ours, or one of the groups known of other programs.</summary>
    public static bool IsGroup(string name) => s_groups.ContainsKey(NearestName.Normalize(name)) || s_foreignGroups.Contains(NearestName.Normalize(name));

    /// <summary>The rule for a key inside its groups; null where there is none.</summary>
    /// <param name="path">The key, its groups before it.</param>
    /// <param name="anyGroup">Whether groups that nobody knows are let pass, as in kohya's files.</param>
    public static KeyRule? Find(IReadOnlyList<string> path, bool anyGroup)
    {
        if (path.Count == 1) return s_flat.GetValueOrDefault(NearestName.Normalize(path[0]));
        if (s_own.TryGetValue(NearestName.Normalize($"{path[^2]}.{path[^1]}"), out var own)) return own;
        if (!s_flat.TryGetValue(NearestName.Normalize(path[^1]), out var rule)) return null;
        // a flat key may stand in a group that is not its own only where the group means nothing
        return path.SkipLast(1).All(group => s_groups.TryGetValue(NearestName.Normalize(group), out var known) ? rule.Group.Length == 0 || known == rule.Group : anyGroup || IsGroup(group)) ? rule : null;
    }

    /// <summary>The rule for an argument that must belong to one of some groups.</summary>
    public static KeyRule? FindIn(string name, IReadOnlyList<string> groups) =>
        groups.Select(group => s_own.GetValueOrDefault(NearestName.Normalize($"{group}.{name}"))).FirstOrDefault(rule => rule is not null)
        ?? (s_flat.TryGetValue(NearestName.Normalize(name), out var flat) && groups.Contains(flat.Group) ? flat : null);

    /// <summary>The names of arguments that <see cref="FindIn"/> finds.</summary>
    public static IEnumerable<string> NamesIn(IReadOnlyList<string> groups) =>
        s_own.Values.Concat(s_flat.Values).Where(rule => groups.Contains(rule.Group)).SelectMany(rule => rule.Names).Select(name => name.Split('.')[^1]).Distinct();

    /// <summary>The rule for a name on the command line, which may be a full name with dots.</summary>
    public static KeyRule? FindDotted(string name) => Find(name.Split('.'), anyGroup: false);

    private static KeyRule OwnRule(Setting setting) => setting.Path switch
    {
        "network.algorithm" => SpecialKeys.All.First(rule => rule.Names[0] == "algo") with { Names = [setting.Path] },
        _ => KeyRule.Alias(setting.Path, setting.Path),
    };

    private static Dictionary<string, KeyRule> Flat()
    {
        var rules = new Dictionary<string, KeyRule>(StringComparer.Ordinal);
        foreach (var rule in AliasKeys.All.Concat(SpecialKeys.All).Concat(ForeignKeys.All))
            foreach (var name in rule.Names) rules.Add(NearestName.Normalize(name), rule);
        // a name that no other group shares stands for itself
        foreach (var same in SettingsCatalog.All.GroupBy(setting => NearestName.Normalize(setting.Name)).Where(same => same.Count() == 1))
            rules.TryAdd(same.Key, OwnRule(same.First()) with { Names = [same.First().Name] });
        return rules;
    }
}
