using LoraBridge.Generation;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Server.Sdapi.Wire;

namespace LoraBridge.Server.Sdapi.Drawing;

/// <summary>Writes the <c>info</c> of an answer: JSON as text, with exactly the WebUI's keys.</summary>
internal static class ResponseInfo
{
    /// <summary>The text.</summary>
    /// <param name="request">What was drawn.</param>
    /// <param name="drawn">What it came to.</param>
    /// <param name="fields">What was asked for.</param>
    /// <param name="infotexts">One for each picture of the answer, that of a grid first.</param>
    /// <param name="firstImage">The index of the first picture that is no grid.</param>
    /// <param name="timestamp">When the job began.</param>
    public static string Write(PictureRequest request, GenerateResult drawn, FieldValues fields, IReadOnlyList<string> infotexts, int firstImage, string timestamp)
    {
        var facts = drawn.Facts;
        var count = Math.Max(1, request.Count);
        var varied = request.SubseedStrength != 0;
        return SdapiJson.Ascii(new OrderedDictionary<string, object?>
        {
            ["prompt"] = facts.Prompt,
            ["all_prompts"] = Enumerable.Repeat(facts.Prompt, count),
            ["negative_prompt"] = facts.NegativePrompt,
            ["all_negative_prompts"] = Enumerable.Repeat(facts.NegativePrompt, count),
            ["seed"] = facts.Seed,
            ["all_seeds"] = Enumerable.Range(0, count).Select(i => varied ? facts.Seed : facts.Seed + i),
            ["subseed"] = facts.Subseed,
            ["all_subseeds"] = Enumerable.Range(0, count).Select(i => facts.Subseed + i),
            ["subseed_strength"] = request.SubseedStrength,
            ["width"] = request.Width,
            ["height"] = request.Height,
            ["sampler_name"] = facts.Sampler,
            ["cfg_scale"] = request.GuidanceScale,
            ["steps"] = request.Steps,
            ["batch_size"] = request.BatchSize,
            ["restore_faces"] = fields.FlagOrNull("restore_faces") ?? false,
            ["face_restoration_model"] = null,                                  // there is none
            ["sd_model_name"] = facts.ModelName,
            ["sd_model_hash"] = facts.ModelHash,
            ["sd_vae_name"] = facts.VaeName,
            ["sd_vae_hash"] = facts.VaeHash,
            ["seed_resize_from_w"] = request.SeedResizeFromWidth,
            ["seed_resize_from_h"] = request.SeedResizeFromHeight,
            ["denoising_strength"] = Strength(request, fields),
            ["extra_generation_params"] = Extra(facts),
            ["index_of_first_image"] = firstImage,
            ["infotexts"] = infotexts,
            ["styles"] = fields.Texts("styles"),
            ["job_timestamp"] = timestamp,
            ["clip_skip"] = request.ClipSkip,
            ["is_using_inpainting_conditioning"] = false,
            ["version"] = $"LoraBridge {Status.StatusApi.ServerVersion}",
        });
    }

    private static double? Strength(PictureRequest request, FieldValues fields) => request switch
    {
        ImageToImageRequest from => from.DenoisingStrength,
        TextToImageRequest { Hires: { } hires } => hires.DenoisingStrength,
        _ => fields.NumberOrNull("denoising_strength"),
    };

    private static OrderedDictionary<string, object> Extra(GenerationFacts facts)
    {
        var extra = new OrderedDictionary<string, object>(StringComparer.Ordinal);
        foreach (var (key, value) in facts.Extra) extra[key] = value;
        return extra;
    }
}
