using LoraBridge.Training.Caching;
using LoraBridge.Training.Data;

namespace LoraBridge.Training.Settings;

/// <summary>What no single setting shows: values that contradict each other, and values that do nothing.</summary>
public static class SettingsRules
{
    /// <summary>Checks options that come without sources, from a request; ranges and what is missing included.</summary>
    public static IReadOnlyList<SettingsProblem> Check(TrainingOptions options)
    {
        var problems = new List<SettingsProblem>();
        foreach (var setting in SettingsCatalog.All)
        {
            var owners = setting.Group == SettingsCatalog.DataGroup ? options.Data.Cast<object>() : [SettingsCatalog.GroupOf(setting.Group, options)];
            foreach (var owner in owners)
                if (setting.Check(setting.Property.GetValue(owner)) is { Length: > 0 } error) problems.Add(new(Severity.Error, $"{setting.Path} {error}.", "", [setting.Path]));
        }
        foreach (var dataset in options.Data)
        {
            foreach (var (group, owner) in new (string, object?)[] { ("captions", dataset.Captions), ("augmentation", dataset.Augmentation) })
            {
                foreach (var setting in SettingsCatalog.All.Where(setting => setting.Group == group && owner is not null))
                    if (setting.Check(setting.Property.GetValue(owner)) is { Length: > 0 } error) problems.Add(new(Severity.Error, $"data.{setting.Path} {error}.", "", [setting.Path]));
            }
        }
        problems.AddRange(Check(options, _ => SettingOrigin.Default));
        return problems;
    }

    /// <summary>What a run cannot begin without; apart from the other rules, so that a part of the settings can be checked alone.</summary>
    public static IReadOnlyList<SettingsProblem> Missing(TrainingOptions options)
    {
        var problems = new List<SettingsProblem>();
        if (options.Model.Path.Length == 0) problems.Add(new(Severity.Error, "No base model is named: set model.path (base_model, pretrained_model_name_or_path).", "", ["model.path"]));
        if (options.Data.All(data => data.IsRegularisation)) problems.Add(new(Severity.Error, "No training pictures are named: set data.folder (train_data_dir).", "", ["data.folder"]));
        return problems;
    }

    internal static IEnumerable<SettingsProblem> Check(TrainingOptions options, Func<string, SettingOrigin> originOf)
    {
        var facts = new SettingsFacts(options, originOf);
        var rules = ContradictionRules.All.Concat(IdleRules.All).Concat(CacheRules(options));
        return
            from rule in rules
            where rule.IsBroken(facts)
            let origins = rule.Settings.Select(path => (Path: path, Origin: originOf(path))).Where(pair => pair.Origin.Kind is not (OriginKind.Default or OriginKind.Dialect)).ToArray()
            let places = origins.Length == 0 ? "" : $" [{string.Join("; ", origins.Select(pair => $"{pair.Path}: {pair.Origin}"))}]"
            select new SettingsProblem(rule.Severity, rule.Message + places, "", rule.Settings);
    }

    // the caches themselves say when they cannot be used
    private static IEnumerable<SettingsRule> CacheRules(TrainingOptions options)
    {
        if (options.Cache.Latents)
            foreach (var reason in CacheRefusals.Latents(options)) yield return new(Severity.Error, ["cache.latents", "augmentation.color", "augmentation.randomCrop", "augmentation.faceCropMinimum"], _ => true, reason);
        if (options.Cache.TextStates)
            foreach (var reason in CacheRefusals.TextStates(options)) yield return new(Severity.Error, ["cache.textStates", "network.trainTextEncoder", "captions.shuffle"], _ => true, reason);
    }
}

/// <summary>A rule over several settings.</summary>
/// <param name="Severity">How much breaking it matters.</param>
/// <param name="Settings">The settings it is about.</param>
/// <param name="IsBroken">Whether options break it.</param>
/// <param name="Message">What is wrong, and the cure.</param>
internal sealed record SettingsRule(Severity Severity, string[] Settings, Func<SettingsFacts, bool> IsBroken, string Message);

/// <summary>What rules ask: the options, and which settings somebody has set.</summary>
internal sealed class SettingsFacts(TrainingOptions options, Func<string, SettingOrigin> originOf)
{
    public TrainingOptions Options { get; } = options;

    /// <summary>Whether a setting has another value than the default.</summary>
    public bool Differs(string path)
    {
        var setting = SettingsCatalog.Get(path);
        return SettingText.Of(SettingsCatalog.ValueOf(setting, Options)) != SettingText.Of(setting.Default);
    }

    /// <summary>Whether a person set it: it differs from the default, and not by a preset's or program's habit.</summary>
    public bool IsSet(string path) => originOf(path).Kind is OriginKind.File or OriginKind.CommandLine || (originOf(path).Kind == OriginKind.Default && Differs(path));

    public IEnumerable<AugmentationOptions> AllAugmentation => Options.Data.Select(data => data.Augmentation).OfType<AugmentationOptions>().Prepend(Options.Augmentation);

    public bool HasRegularisation => Options.Data.Any(data => data.IsRegularisation);
}
