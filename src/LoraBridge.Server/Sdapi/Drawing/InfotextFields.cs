using System.Globalization;
using System.Text.Json;
using LoraBridge.Generation;
using LoraBridge.Server.Sdapi.Files;
using LoraBridge.Server.Sdapi.Settings;
using LoraBridge.Server.Sdapi.Wire;

namespace LoraBridge.Server.Sdapi.Drawing;

/// <summary>Fills what a request leaves open from the infotext that it carries; what it says itself stays.</summary>
/// <param name="styles">Styles are recognised in prompts.</param>
internal sealed class InfotextFields(StyleList styles)
{
    private static readonly (string Field, string Key)[] s_both =
    [
        ("steps", "Steps"), ("sampler_name", "Sampler"), ("scheduler", "Schedule type"),
        ("seed", "Seed"), ("subseed", "Variation seed"), ("subseed_strength", "Variation seed strength"),
        ("seed_resize_from_w", "Seed resize from-1"), ("seed_resize_from_h", "Seed resize from-2"),
        ("refiner_checkpoint", "Refiner"), ("refiner_switch_at", "Refiner switch at"),
    ];

    private static readonly (string Field, string Key)[] s_textToImage =
    [
        ("prompt", "Prompt"), ("negative_prompt", "Negative prompt"), ("cfg_scale", "CFG scale"),
        ("width", "Size-1"), ("height", "Size-2"), ("batch_size", "Batch size"), ("denoising_strength", "Denoising strength"),
    ];

    private static readonly (string Field, string Key)[] s_secondPass =
    [
        ("hr_scale", "Hires upscale"), ("hr_upscaler", "Hires upscaler"), ("hr_second_pass_steps", "Hires steps"),
        ("hr_resize_x", "Hires resize-1"), ("hr_resize_y", "Hires resize-2"), ("hr_checkpoint_name", "Hires checkpoint"),
        ("hr_sampler_name", "Hires sampler"), ("hr_scheduler", "Hires schedule type"), ("hr_prompt", "Hires prompt"), ("hr_negative_prompt", "Hires negative prompt"),
    ];

    /// <summary>Changes a request by its infotext, if it has one.</summary>
    /// <param name="kind">txt2img takes prompts, sizes and second passes too.</param>
    /// <param name="fields">The request.</param>
    /// <param name="options">The settings; those that the text has otherwise become settings of this job.</param>
    public void Apply(string kind, FieldValues fields, Options options)
    {
        if (fields.TextOrNull("infotext") is not { Length: > 0 } text) return;
        var values = InfotextReader.Read(text, styles.Current).ToParameters();
        var isText = kind == "txt2img";
        foreach (var (field, key) in isText ? [.. s_both, .. s_textToImage] : s_both) Take(fields, field, values.GetValueOrDefault(key));
        if (isText && values.TryGetValue("Styles array", out var named)) TakeIfOpen(fields, "styles", ((IEnumerable<string>)named).ToList());
        if (isText && HasSecondPass(values))
        {
            TakeIfOpen(fields, "enable_hr", true);
            foreach (var (field, key) in s_secondPass) Take(fields, field, values.GetValueOrDefault(key));
        }
        TakeIfAny(fields, Settings(values, options, fields));
    }

    private static bool HasSecondPass(IReadOnlyDictionary<string, object> values) =>
        values.ContainsKey("Denoising strength") && (values.ContainsKey("Hires upscale") || values.ContainsKey("Hires upscaler") || Text(values.GetValueOrDefault("Hires resize-1")) is not (null or "0"));

    private static void Take(FieldValues fields, string name, object? value)
    {
        if (value is null || fields.IsGiven(name)) return;
        var field = fields.Table.Find(name)!;
        var faults = new List<Errors.FieldFault>();
        var read = FieldValue.Read(field, JsonSerializer.SerializeToElement(Text(value)), [name], faults);
        if (faults.Count == 0) fields.Set(name, read);
    }

    private static void TakeIfOpen(FieldValues fields, string name, object value)
    {
        if (!fields.IsGiven(name)) fields.Set(name, value);
    }

    private static void TakeIfAny(FieldValues fields, OrderedDictionary<string, object?> settings)
    {
        if (settings.Count > 0) fields.Set("override_settings", JsonSerializer.SerializeToElement(settings));
    }

    /// <summary>The settings of the job: those of the request, and those of the text that differ from what is set.</summary>
    private static OrderedDictionary<string, object?> Settings(IReadOnlyDictionary<string, object> values, Options options, FieldValues fields)
    {
        var own = fields.Members("override_settings");
        var all = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, value) in own) all[name] = value;
        var skipped = options.Texts("infotext_skip_pasting");
        foreach (var setting in SettingTable.All.Where(setting => setting.Infotext is not null && !own.ContainsKey(setting.Name) && !skipped.Contains(setting.Infotext)))
        {
            if (setting.Name == "sd_model_checkpoint" && options.Flag("disable_weights_auto_swap")) continue;
            if (Text(values.GetValueOrDefault(setting.Infotext!)) is { } text && Cast(setting, text) is { } value && !IsSet(options, setting, value)) all[setting.Name] = value;
        }
        return all;
    }

    private static object? Cast(Setting setting, string text) => setting.Default switch
    {
        bool => FieldValue.Flag(text),
        long => double.TryParse(text, CultureInfo.InvariantCulture, out var number) ? (long)number : null,
        double => double.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : null,
        _ => text,
    };

    private static bool IsSet(Options options, Setting setting, object value) => value switch
    {
        bool flag => options.Flag(setting.Name) == flag,
        long whole => options.Number(setting.Name) == whole,
        double number => options.Number(setting.Name) == number,
        _ => options.Text(setting.Name) == (string)value,
    };

    private static string? Text(object? value) => value switch
    {
        null => null,
        bool flag => flag ? "True" : "False",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value as string,
    };
}
