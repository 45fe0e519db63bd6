using LoraBridge.Diffusion.Models;

namespace LoraBridge.Training.Settings.Reading;

/// <summary>What follows from the base model where nobody says otherwise: a model for small pictures is trained with small ones.</summary>
internal static class ModelDialect
{
    private const string Width = "buckets.width", Height = "buckets.height";

    /// <summary>Puts the model's own size in the place of larger defaults and of presets' larger sizes; a size that somebody gave stays, with all that hangs on it.</summary>
    public static void FitTo(TrainedSize size, Assignments values)
    {
        if (IsGiven(values.Find(Width)) || IsGiven(values.Find(Height))) return;
        var (shorter, longer) = (Math.Min(size.Width, size.Height), Math.Max(size.Width, size.Height));
        Limit(values, Width, size.Width);
        Limit(values, Height, size.Height);
        // as the defaults stand to 512
        Limit(values, "buckets.minimumSide", Math.Max(64, shorter / 2));
        Limit(values, "buckets.maximumSide", longer * 2);
        Limit(values, "samples.width", size.Width);
        Limit(values, "samples.height", size.Height);
    }

    private static bool IsGiven(Assignment? value) => value is { Origin.Kind: not (OriginKind.Preset or OriginKind.Dialect) };

    private static void Limit(Assignments values, string path, int most)
    {
        var (setting, given) = (SettingsCatalog.Get(path), values.Find(path));
        if (IsGiven(given) || (int)(given?.Value ?? setting.Default)! <= most) return;
        values.Overlay([new(setting, most, new(OriginKind.Derived, "the size that the model was made for", ""))]);
    }
}
