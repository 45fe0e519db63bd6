using LoraBridge.Server.Sdapi.Wire;

namespace LoraBridge.Server.Sdapi.Drawing;

/// <summary>The fields of requests for pictures, with their defaults, in the order in which answers repeat them.</summary>
internal static class RequestFields
{
    private static readonly Field[] s_shared =
    [
        Field.Text("prompt", ""),
        Field.Text("negative_prompt", ""),
        new("styles", FieldKind.Texts),
        Field.Integer("seed", -1),
        Field.Integer("subseed", -1),
        Field.Number("subseed_strength", 0),
        Field.Integer("seed_resize_from_h", -1),
        Field.Integer("seed_resize_from_w", -1),
        Field.Text("sampler_name"),
        Field.Text("scheduler"),
        Field.Integer("batch_size", 1),
        Field.Integer("n_iter", 1),
        Field.Integer("steps", 50),
        Field.Number("cfg_scale", 7),
        Field.Integer("width", 512),
        Field.Integer("height", 512),
        Field.Flag("restore_faces"),
        Field.Flag("tiling"),
        Field.Flag("do_not_save_samples", false),
        Field.Flag("do_not_save_grid", false),
        Field.Number("eta"),
        Field.Number("denoising_strength"),
        Field.Number("s_min_uncond"),
        Field.Number("s_churn"),
        Field.Number("s_tmax"),
        Field.Number("s_tmin"),
        Field.Number("s_noise"),
        new("override_settings", FieldKind.Object),
        Field.Flag("override_settings_restore_afterwards", true),
        Field.Text("refiner_checkpoint"),
        Field.Number("refiner_switch_at"),
        Field.Flag("disable_extra_networks", false),
        Field.Text("firstpass_image"),
        new("comments", FieldKind.Object),
    ];

    private static readonly Field[] s_end =
    [
        Field.Text("script_name"),
        new("script_args", FieldKind.List),
        Field.Flag("send_images", true),
        Field.Flag("save_images", false),
        new("alwayson_scripts", FieldKind.Object),
        Field.Text("infotext"),
    ];

    /// <summary>Of <c>POST /txt2img</c>.</summary>
    public static FieldTable TextToImage { get; } = new(
    [
        .. s_shared,
        Field.Flag("enable_hr", false),
        Field.Integer("firstphase_width", 0),
        Field.Integer("firstphase_height", 0),
        Field.Number("hr_scale", 2),
        Field.Text("hr_upscaler"),
        Field.Integer("hr_second_pass_steps", 0),
        Field.Integer("hr_resize_x", 0),
        Field.Integer("hr_resize_y", 0),
        Field.Text("hr_checkpoint_name"),
        Field.Text("hr_sampler_name"),
        Field.Text("hr_scheduler"),
        Field.Text("hr_prompt", ""),
        Field.Text("hr_negative_prompt", ""),
        Field.Text("force_task_id"),
        Field.Text("sampler_index", "Euler"),
        .. s_end,
    ]);

    /// <summary>Of <c>POST /img2img</c>.</summary>
    public static FieldTable ImageToImage { get; } = new(
    [
        .. s_shared.Select(field => field.Name == "denoising_strength" ? field with { Default = 0.75 } : field),
        new("init_images", FieldKind.Texts),
        Field.Integer("resize_mode", 0),
        Field.Number("image_cfg_scale"),
        Field.Text("mask"),
        Field.Integer("mask_blur_x", 4),
        Field.Integer("mask_blur_y", 4),
        Field.Integer("mask_blur"),
        Field.Flag("mask_round", true),
        Field.Integer("inpainting_fill", 0),
        Field.Flag("inpaint_full_res", true),
        Field.Integer("inpaint_full_res_padding", 0),
        Field.Integer("inpainting_mask_invert", 0),
        Field.Number("initial_noise_multiplier"),
        Field.Text("latent_mask"),
        Field.Text("force_task_id"),
        Field.Text("sampler_index", "Euler"),
        Field.Flag("include_init_images", false),
        .. s_end,
    ]);
}
