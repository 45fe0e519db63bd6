using System.Text;
using System.Text.Json;
using LoraBridge.Training.Data;

namespace LoraBridge.Training.Settings;

/// <summary>One value of an explanation.</summary>
/// <param name="Path">The setting's full name; a data set's are called <c>data[0].folder</c>.</param>
/// <param name="Value">The value as it is written in settings.</param>
/// <param name="Origin">Where it comes from, in words.</param>
/// <param name="IsDefault">Whether nobody gave it.</param>
/// <param name="Default">The value without any word from the user.</param>
/// <param name="Range">The values allowed, in words; empty where the type says it all.</param>
/// <param name="Meaning">What it means.</param>
public sealed record ExplainedSetting(string Path, string Value, string Origin, bool IsDefault, string Default, string Range, string Meaning);

/// <summary>Every resulting value, where it came from and what it means, and what follows from several.</summary>
/// <param name="Settings">All settings, in the order of their groups.</param>
/// <param name="Results">What follows: scale, effective batch, learning rates as they are used.</param>
/// <param name="Problems">What there is to say about them.</param>
public sealed record SettingsExplanation(IReadOnlyList<ExplainedSetting> Settings, IReadOnlyList<ExplainedSetting> Results, IReadOnlyList<SettingsProblem> Problems)
{
    /// <summary>Explains what was read; with errors, as far as it could be read.</summary>
    public static SettingsExplanation Of(SettingsReport report)
    {
        var options = report.Draft;
        var rows = new List<ExplainedSetting>();
        foreach (var group in SettingsCatalog.Groups)
        {
            var settings = SettingsCatalog.All.Where(setting => setting.Group == group).ToArray();
            if (group != SettingsCatalog.DataGroup)
            {
                rows.AddRange(settings.Select(setting => Row(setting, setting.Path, SettingsCatalog.ValueOf(setting, options), report)));
                continue;
            }
            foreach (var (i, dataset) in options.Data.Index())
            {
                rows.AddRange(settings.Select(setting => Row(setting, TrainingSettings.PathOf(setting, i), setting.Property.GetValue(dataset), report)));
                rows.AddRange(Own(dataset).Select(pair => Row(pair.Setting, TrainingSettings.PathOf(pair.Setting, i), pair.Setting.Property.GetValue(pair.Owner), report)));
            }
        }
        return new(rows, [.. Derived(options)], report.Problems);
    }

    /// <summary>For people: a block for each group, a line for each value and its meaning below; values that somebody gave are marked by a star.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        var width = Settings.Max(row => row.Path.Length);
        foreach (var group in Settings.GroupBy(row => row.Path.Split('.')[0]))
        {
            text.Append('[').Append(group.Key).Append("]\n");
            foreach (var row in group)
            {
                text.Append(row.IsDefault ? "  " : "* ").Append(row.Path.PadRight(width)).Append(" = ").Append(row.Value).Append("   (").Append(row.Origin).Append(")\n");
                text.Append("      ").Append(row.Meaning);
                if (row.Range.Length > 0) text.Append(" [").Append(row.Range).Append(']');
                if (!row.IsDefault && row.Default != row.Value) text.Append(" Default: ").Append(row.Default).Append('.');
                text.Append('\n');
            }
            text.Append('\n');
        }
        text.Append("[results]\n");
        foreach (var row in Results) text.Append("  ").Append(row.Path.PadRight(width)).Append(" = ").Append(row.Value).Append("   ").Append(row.Meaning).Append('\n');
        foreach (var problem in Problems) text.Append('\n').Append(problem);
        return text.Append('\n').ToString();
    }

    /// <summary>For programs: the same as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, SettingsJson.Options);

    private static ExplainedSetting Row(Setting setting, string path, object? value, SettingsReport report)
    {
        var origin = report.OriginOf(path);
        return new(path, SettingText.Of(value), origin.ToString(), origin.Kind == OriginKind.Default, SettingText.Of(setting.Default), setting.Range, setting.Meaning);
    }

    private static IEnumerable<(Setting Setting, object Owner)> Own(DatasetOptions dataset) =>
        from owner in new object?[] { dataset.Captions, dataset.Augmentation }
        where owner is not null
        from setting in SettingsCatalog.All
        where setting.Property.DeclaringType == owner.GetType()
        select (setting, owner);

    private static IEnumerable<ExplainedSetting> Derived(TrainingOptions options)
    {
        var rates = LearningRates.Of(options);
        var optimizer = OptimizerDefaults.Of(options.Optimizer);
        yield return Result("alpha", options.Network.EffectiveAlpha, "The alpha as it is used.");
        yield return Result("scale", options.Network.Scale, "The factor on the LoRA's change: alpha / rank, or alpha / sqrt(rank).");
        yield return Result("effectiveBatch", options.Loop.BatchSize * options.Loop.GradientAccumulation, "Pictures for each optimizer step.");
        yield return Result("unetLearningRate", rates.TrainsUNet ? rates.UNet : 0.0, "0 is not trained.");
        yield return Result("textEncoderLearningRate", rates.TrainsTextEncoder ? rates.TextEncoder : 0.0, "0 is not trained.");
        yield return Result("betas", new[] { optimizer.Beta1, optimizer.Beta2 }, "The optimizer's memory.");
        yield return Result("weightDecay", optimizer.WeightDecay, "How fast weights shrink by themselves.");
        yield return Result("name", options.Saving.EffectiveName, "The LoRA's name in prompts and file names.");
    }

    private static ExplainedSetting Result(string name, object value, string meaning) =>
        new(name, SettingText.Of(value), "derived", false, "", "", meaning);
}
