using System.Collections;
using System.Text;
using System.Text.RegularExpressions;

namespace LoraBridge.Training.Settings;

/// <summary>Writes options as YAML that reads back to the same options, each value under a comment with its meaning.</summary>
public static partial class SettingsTemplate
{
    /// <summary>Writes every value of the options.</summary>
    /// <param name="options">What to write.</param>
    /// <param name="onlyChanged">Whether values that are as the records' defaults are left out.</param>
    public static string Write(TrainingOptions options, bool onlyChanged = false)
    {
        var text = new StringBuilder();
        foreach (var group in SettingsCatalog.Groups)
        {
            if (group == SettingsCatalog.DataGroup) Datasets(text, options, onlyChanged);
            else Group(text, group, SettingsCatalog.GroupOf(group, options), indent: 0, onlyChanged);
        }
        return text.ToString();
    }

    private static void Datasets(StringBuilder text, TrainingOptions options, bool onlyChanged)
    {
        if (options.Data.Count == 0) return;
        text.Append("data:\n");
        foreach (var dataset in options.Data)
        {
            text.Append("  -\n");
            Values(text, SettingsCatalog.DataGroup, dataset, indent: 4, onlyChanged);
            // whole, even where they agree with the run's: a null would take the run's
            if (dataset.Captions is not null) Group(text, "captions", dataset.Captions, indent: 4, onlyChanged: false);
            if (dataset.Augmentation is not null) Group(text, "augmentation", dataset.Augmentation, indent: 4, onlyChanged: false);
        }
        text.Append('\n');
    }

    private static void Group(StringBuilder text, string group, object owner, int indent, bool onlyChanged)
    {
        var values = new StringBuilder();
        Values(values, group, owner, indent + 2, onlyChanged);
        if (values.Length > 0) text.Append(' ', indent).Append(group).Append(":\n").Append(values).Append(indent == 0 ? "\n" : "");
    }

    private static void Values(StringBuilder text, string group, object owner, int indent, bool onlyChanged)
    {
        foreach (var setting in SettingsCatalog.All.Where(setting => setting.Group == group))
        {
            var value = setting.Property.GetValue(owner);
            if (onlyChanged && SettingText.Of(value) == SettingText.Of(setting.Default)) continue;
            if (setting.Meaning.Length > 0) text.Append(' ', indent).Append("# ").Append(setting.Meaning).Append('\n');
            if (setting.Range.Length > 0) text.Append(' ', indent).Append("# ").Append(setting.Range).Append('\n');
            text.Append(' ', indent).Append(setting.Name).Append(": ").Append(Yaml(value)).Append('\n');
        }
    }

    private static string Yaml(object? value) => value switch
    {
        null => "null",
        string text => Quoted(text),
        IDictionary table => "{" + string.Join(", ", table.Keys.Cast<string>().Select(key => $"{Quoted(key)}: {Yaml(table[key])}")) + "}",
        IEnumerable list => "[" + string.Join(", ", list.Cast<object>().Select(Yaml)) + "]",
        _ => SettingText.Of(value),
    };

    // plain only where no reader could take it for anything but this text
    private static string Quoted(string text) =>
        Plain().IsMatch(text) && text.ToLowerInvariant() is not ("null" or "none" or "true" or "false" or "yes" or "no" or "on" or "off" or "y" or "n")
            ? text
            : "\"" + string.Concat(text.Select(Escaped)) + "\"";

    private static string Escaped(char letter) => letter switch
    {
        '"' => "\\\"",
        '\\' => @"\\",
        '\n' => "\\n",
        '\t' => "\\t",
        < ' ' or '\u007f' or '\u0085' or '\u2028' or '\u2029' or '\uFEFF' => $"\\u{(int)letter:x4}",
        _ => letter.ToString(),
    };

    [GeneratedRegex(@"\A[A-Za-z./_][A-Za-z0-9./_]*\z")]
    private static partial Regex Plain();
}
