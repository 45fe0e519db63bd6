using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Sdapi.Drawing;
using LoraBridge.Server.Sdapi.Wire;

namespace LoraBridge.Server.Sdapi.Scripts;

/// <summary>What an axis of the X/Y/Z plot can vary.</summary>
/// <param name="Label">Its name in the WebUI's list.</param>
/// <param name="Apply">A job with a value of it; the last argument is the axis's first value.</param>
internal sealed partial record GridAxis(string Label, Func<PictureJob, string, string, PictureJob> Apply)
{
    private static readonly FieldTable s_fields = new(RequestFields.TextToImage.Fields.Concat(RequestFields.ImageToImage.Fields).DistinctBy(field => field.Name));

    /// <summary>Whether values are numbers, so that <c>1-5</c> means all between.</summary>
    public bool IsNumeric { get; init; }

    /// <summary>Whether values are all orders of the words given.</summary>
    public bool IsOrder { get; init; }

    /// <summary>txt2img or img2img for an axis that only one of them has.</summary>
    public string? Only { get; init; }

    /// <summary>All axes of a kind of request; requests may name them by their place.</summary>
    public static IReadOnlyList<GridAxis> For(string kind) => [.. s_all.Where(axis => axis.Only is null || axis.Only == kind)];

    /// <summary>The values that a text lists.</summary>
    /// <param name="text">Values with commas between them, in quotes where they hold commas; of numbers also <c>1-5</c>, <c>1-9 (+2)</c> and <c>0-1 [5]</c>.</param>
    public IReadOnlyList<string> Values(string text)
    {
        var values = Split(text);
        if (IsNumeric) values = [.. values.SelectMany(Range)];
        if (IsOrder) values = [.. Orders(values).Select(order => string.Join(", ", order))];
        return values.Count == 0 ? [""] : values;
    }

    private static readonly GridAxis[] s_all =
    [
        new("Nothing", (job, _, _) => job),
        Numeric("Seed", "seed"),
        Numeric("Var. seed", "subseed"),
        Numeric("Var. strength", "subseed_strength"),
        Numeric("Steps", "steps"),
        Numeric("Hires steps", "hr_second_pass_steps") with { Only = "txt2img" },
        Numeric("CFG Scale", "cfg_scale"),
        Numeric("Image CFG Scale", "image_cfg_scale") with { Only = "img2img" },
        new("Prompt S/R", Replace),
        new("Prompt order", Reorder) { IsOrder = true },
        Of("Sampler", "sampler_name") with { Only = "txt2img" },
        Of("Hires sampler", "hr_sampler_name") with { Only = "txt2img" },
        Of("Sampler", "sampler_name") with { Only = "img2img" },
        Setting("Checkpoint name", "sd_model_checkpoint"),
        Numeric("Negative Guidance minimum sigma", "s_min_uncond"),
        Numeric("Sigma Churn", "s_churn"),
        Numeric("Sigma min", "s_tmin"),
        Numeric("Sigma max", "s_tmax"),
        Numeric("Sigma noise", "s_noise"),
        Of("Schedule type", "scheduler"),
        NumericSetting("Schedule min sigma", "sigma_min"),
        NumericSetting("Schedule max sigma", "sigma_max"),
        NumericSetting("Schedule rho", "rho"),
        NumericSetting("Beta schedule alpha", "beta_dist_alpha"),
        NumericSetting("Beta schedule beta", "beta_dist_beta"),
        Numeric("Eta", "eta"),
        NumericSetting("Clip skip", "CLIP_stop_at_last_layers"),
        Numeric("Denoising", "denoising_strength"),
        Numeric("Initial noise multiplier", "initial_noise_multiplier") with { Only = "img2img" },
        NumericSetting("Extra noise", "img2img_extra_noise"),
        Of("Hires upscaler", "hr_upscaler") with { Only = "txt2img" },
        NumericSetting("Cond. Image Mask Weight", "inpainting_mask_weight") with { Only = "img2img" },
        Setting("VAE", "sd_vae"),
        new("Styles", (job, value, _) => job.With(("styles", value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToList()))),
        NumericSetting("UniPC Order", "uni_pc_order"),
        Of("Face restore", "restore_faces"),
        NumericSetting("Token merging ratio", "token_merging_ratio"),
        NumericSetting("Token merging ratio high-res", "token_merging_ratio_hr"),
        Setting("Always discard next-to-last sigma", "always_discard_next_to_last_sigma"),
        Setting("SGM noise multiplier", "sgm_noise_multiplier"),
        Of("Refiner checkpoint", "refiner_checkpoint"),
        Numeric("Refiner switch at", "refiner_switch_at"),
        Setting("RNG source", "randn_source"),
        Setting("FP8 mode", "fp8_storage"),
        new("Size", Resize),
    ];

    private static GridAxis Of(string label, string field) => new(label, (job, value, _) => job.With((field, Read(field, value))));

    private static GridAxis Numeric(string label, string field) => Of(label, field) with { IsNumeric = true };

    private static GridAxis Setting(string label, string setting) => new(label, (job, value, _) =>
        job with { Options = job.Options.With([new(setting, JsonSerializer.SerializeToElement(value))]) });

    private static GridAxis NumericSetting(string label, string setting) => Setting(label, setting) with { IsNumeric = true };

    private static object? Read(string field, string value)
    {
        var faults = new List<FieldFault>();
        var read = FieldValue.Read(s_fields.Find(field)!, JsonSerializer.SerializeToElement(value), [field], faults);
        return faults.Count == 0 ? read : throw new SdapiException(422, $"X/Y/Z plot: '{value}' is no value of {field}");
    }

    private static PictureJob Replace(PictureJob job, string value, string first)
    {
        var (prompt, negative) = (job.Fields.Text("prompt"), job.Fields.Text("negative_prompt"));
        if (first.Length == 0 || !(prompt + negative).Contains(first, StringComparison.Ordinal))
            throw new SdapiFailure("RuntimeError", $"Prompt S/R did not find {first} in prompt or negative prompt.");
        return job.With(("prompt", prompt.Replace(first, value, StringComparison.Ordinal)), ("negative_prompt", negative.Replace(first, value, StringComparison.Ordinal)));
    }

    // the words keep the places that words had, and change among these
    private static PictureJob Reorder(PictureJob job, string value, string first)
    {
        var words = Split(value);
        var next = 0;
        return job.With(("prompt", Regex.Replace(job.Fields.Text("prompt"), string.Join('|', words.OrderByDescending(word => word.Length).Select(Regex.Escape)), _ => words[next++ % words.Count])));
    }

    private static PictureJob Resize(PictureJob job, string value, string first) => value.Split('x') is [var width, var height]
        ? job.With(("width", Read("width", width)), ("height", Read("height", height)))
        : throw new SdapiException(422, $"X/Y/Z plot: '{value}' is no size. Write 512x768");

    private static List<string> Split(string text) => [.. CsvFields().Matches(text)
        .Select(match => match.Groups["quoted"].Success ? match.Groups["quoted"].Value.Replace("\"\"", "\"", StringComparison.Ordinal) : match.Groups["plain"].Value.Trim())
        .Where(value => value.Length > 0)];

    private static IEnumerable<string> Range(string text)
    {
        if (Ranges().Match(text) is not { Success: true } range) return [text];
        var (from, to) = (Number("from"), Number("to"));
        var isWhole = !text.Contains('.', StringComparison.Ordinal);
        if (range.Groups["count"].Success)
        {
            var count = Math.Clamp((int)Number("count"), 1, 1000);
            return Enumerable.Range(0, count).Select(i => count == 1 ? from : from + ((to - from) * i / (count - 1))).Select(value => Text(isWhole && count > 1 && (to - from) % (count - 1) == 0 ? Math.Round(value) : value));
        }
        var step = range.Groups["step"].Success ? Number("step") : from <= to ? 1 : -1;
        if (step == 0 || (to - from) / step is < 0 or > 1000) return [text];
        return Enumerable.Range(0, (int)Math.Floor(((to - from) / step) + 1e-9) + 1).Select(i => Text(Math.Round(from + (step * i), 9)));

        double Number(string group) => double.Parse(range.Groups[group].Value, CultureInfo.InvariantCulture);

        static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
    }

    private static IEnumerable<IEnumerable<string>> Orders(List<string> words)
    {
        if (words.Count > 6) throw new SdapiException(422, "X/Y/Z plot: Prompt order takes up to 6 words, for 7 have 5040 orders");
        if (words.Count <= 1) return [words];
        return words.SelectMany((word, i) => Orders([.. words.Where((_, j) => j != i)]).Select(rest => rest.Prepend(word)));
    }

    [GeneratedRegex("""\s*(?:"(?<quoted>(?:[^"]|"")*)"|(?<plain>[^,\n]*))\s*(?:[,\n]|$)""")]
    private static partial Regex CsvFields();

    [GeneratedRegex(@"^(?<from>[+-]?\d+(?:\.\d*)?)\s*-\s*(?<to>[+-]?\d+(?:\.\d*)?)(?:\s*\(\s*(?<step>[+-]\d+(?:\.\d*)?)\s*\)|\s*\[\s*(?<count>\d+)\s*\])?$")]
    private static partial Regex Ranges();
}
