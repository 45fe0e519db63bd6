namespace LoraBridge.Training.Settings.Reading;

/// <summary>A key that sources may have, and what reading it does.</summary>
/// <param name="Names">Its spellings; upper case and lines do not count.</param>
/// <param name="Read">Assigns settings, or says why nothing needs to be.</param>
/// <param name="Target">The setting it stands for; empty where it stands for several or none.</param>
/// <param name="IsList">Whether it takes several values on a command line.</param>
/// <param name="IsSwitch">Whether it takes none on a command line.</param>
internal sealed record KeyRule(IReadOnlyList<string> Names, Action<KeyReading> Read, string Target = "", bool IsList = false, bool IsSwitch = false)
{
    /// <summary>The group whose key it is; empty where it is nobody's.</summary>
    public string Group => Target.Split('.')[0];

    /// <summary>A key that is another name of a setting.</summary>
    public static KeyRule Alias(string target, params string[] names)
    {
        var setting = SettingsCatalog.Get(target);
        return new(names, key => key.Assign(target), target, setting.ElementType is not null || setting.IsTable, setting.Type == typeof(bool));
    }

    /// <summary>A switch that, when on, gives settings values; off, it gives those after the bar.</summary>
    public static KeyRule Switch(string name, string on, string off = "") =>
        new([name], key => key.AssignText(key.IsOn ? on : off), on.Split('=')[0], IsSwitch: true);

    /// <summary>A key that may stay without a counterpart, and why.</summary>
    public static KeyRule Ignored(string why, params string[] names) => new(names, key => key.Note(why));

    /// <summary>A key without a counterpart whose result would be another: refused unless it is off.</summary>
    public static KeyRule Refused(string why, params string[] names) => new(names, key =>
    {
        if (key.IsOn) key.Fail(why);
    });
}
