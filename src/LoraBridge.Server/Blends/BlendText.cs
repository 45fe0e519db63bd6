using System.Text.Json.Nodes;
using LoraBridge.Diffusion.Text;
using LoraBridge.Generation;
using LoraBridge.Server.Errors;

namespace LoraBridge.Server.Blends;

/// <summary>Blends as prompts have them: tags, whole prompts, infotexts.</summary>
internal static class BlendText
{
    /// <summary>Reads a prompt or an infotext.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The recipe, and what of the text has no effect.</returns>
    public static (BlendRecipe Recipe, IReadOnlyList<string> Warnings) Parse(string text)
    {
        var content = InfotextReader.Read(text);
        var isInfotext = content.Values.ContainsKey("Steps");
        var (prompt, negative) = isInfotext ? (content.Prompt, content.NegativePrompt) : (text, "");
        var tags = ExtraNetworkTags.Parse(prompt);
        var faults = new List<PromptWarning>();
        var loras = tags.Loras(faults);
        IEnumerable<PromptWarning> warnings = [.. faults, .. PromptCheck.Warnings(prompt, negative), .. PromptCheck.Repeats(loras)];
        var recipe = new BlendRecipe { Prompt = tags.Prompt.Trim(), NegativePrompt = negative, Adapters = [.. loras.Select(BlendAdapter.Of)] };
        return (isInfotext ? WithPicture(recipe, content) : recipe, [.. warnings.Select(warning => warning.Reason).Distinct()]);
    }

    /// <summary>The tags of the adapters that are drawn, as a prompt has them.</summary>
    /// <exception cref="RequestException">A name holds a sign that ends a tag.</exception>
    public static string Tags(BlendRecipe recipe)
    {
        foreach (var (i, adapter) in recipe.Adapters.Index())
            if (adapter.Enabled && adapter.Name.AsSpan().IndexOfAny(":<>=") >= 0) throw RequestException.Invalid($"adapters[{i}].name", $"'{adapter.Name}' holds a sign that means something in a tag.", "Rename the adapter's file without : < > and =.");
        return string.Concat(recipe.Tags().Select(LoraTagText.Write));
    }

    /// <summary>The body of a request to the WebUI's API that draws the same.</summary>
    public static JsonObject TextToImage(BlendRecipe recipe)
    {
        var body = new JsonObject
        {
            ["prompt"] = Prompt(recipe),
            ["negative_prompt"] = recipe.NegativePrompt,
            ["width"] = recipe.Width,
            ["height"] = recipe.Height,
            ["steps"] = recipe.Steps,
            ["sampler_name"] = recipe.Sampler,
            ["cfg_scale"] = recipe.GuidanceScale,
            ["seed"] = recipe.Seed ?? -1,
        };
        if (recipe.Scheduler is { } scheduler) body["scheduler"] = scheduler;
        var settings = new JsonObject();
        if (recipe.ClipSkip != 1) settings["CLIP_stop_at_last_layers"] = recipe.ClipSkip;
        if (recipe.Model is { } model) settings["sd_model_checkpoint"] = model;
        if (settings.Count > 0) body["override_settings"] = settings;
        return body;
    }

    /// <summary>The prompt with the tags at its end.</summary>
    public static string Prompt(BlendRecipe recipe) => $"{recipe.Prompt} {Tags(recipe)}".Trim();

    private static BlendRecipe WithPicture(BlendRecipe recipe, InfotextContent content)
    {
        var picture = content.ToTextToImage();
        return recipe with
        {
            Width = picture.Width,
            Height = picture.Height,
            Steps = picture.Steps,
            Sampler = picture.Sampler,
            Scheduler = picture.Scheduler is "Automatic" ? null : picture.Scheduler,
            GuidanceScale = picture.GuidanceScale,
            Seed = picture.Seed,
            ClipSkip = picture.ClipSkip,
            Model = content.Values.GetValueOrDefault("Model"),
        };
    }
}
