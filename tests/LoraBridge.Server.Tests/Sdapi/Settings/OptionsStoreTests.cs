using System.Text.Json;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Sdapi.Settings;

namespace LoraBridge.Server.Tests.Sdapi.Settings;

public sealed class OptionsStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("options-").FullName;

    private string File => Path.Combine(_folder, "below", "options.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Set_KnownKeys_AreThereAfterARestart()
    {
        new OptionsStore(File).Set(Changes("""{"CLIP_stop_at_last_layers":2,"send_seed":false,"sd_vae":"x"}"""));

        var options = new OptionsStore(File).Current;

        Assert.Equal((2, false, "x"), (options.Count("CLIP_stop_at_last_layers"), options.Flag("send_seed"), options.Text("sd_vae")));
        Assert.Equal([Path.GetFileName(File)], Directory.GetFiles(Path.GetDirectoryName(File)!).Select(Path.GetFileName));
    }

    [Fact]
    public void Set_AnUnknownKey_SetsNothing()
    {
        var store = new OptionsStore(File);

        var error = Assert.Throws<SdapiFailure>(() => store.Set(Changes("""{"send_seed":false,"nothing":1}""")));

        Assert.Equal(("KeyError", "'nothing'"), (error.Kind, error.Message));
        Assert.True(store.Current.Flag("send_seed"));
    }

    [Fact]
    public void Set_WhatClientsMayNot_IsPassedOver()
    {
        var store = new OptionsStore(File);

        store.Set(Changes("""{"api_enable_requests":false,"unknown":null}"""));

        Assert.True(store.Current.Flag("api_enable_requests"));
    }

    [Fact]
    public void Leave_AJobsSettings_StayUntilTheRestart()
    {
        var store = new OptionsStore(File);

        store.Leave(Changes("""{"eta_ddim":0.5}"""));

        Assert.Equal(0.5, store.Current.Number("eta_ddim"));
        Assert.Equal(0, new OptionsStore(File).Current.Number("eta_ddim"));
    }

    [Fact]
    public void Read_ABrokenFile_SaysSo()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        System.IO.File.WriteAllText(File, "{oops");

        Assert.Contains(File, Assert.Throws<InvalidDataException>(() => new OptionsStore(File)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_OfAnyKind_AreReadAsWhatTheyShouldBe()
    {
        var options = new Options(Changes("""{"CLIP_stop_at_last_layers":"3","send_seed":"off","sd_vae":7,"s_churn":[1],"disabled_extensions":["a"]}"""));

        Assert.Equal((3, false, "7", 0.0), (options.Count("CLIP_stop_at_last_layers"), options.Flag("send_seed"), options.Text("sd_vae"), options.Number("s_churn")));
        Assert.Equal(["a"], options.Texts("disabled_extensions"));
        Assert.Empty(options.Texts("quicksettings_list").Except(["sd_model_checkpoint"]));
        Assert.Null(options.NumberIfChanged("s_noise"));
        Assert.Equal(3, options.NumberIfChanged("CLIP_stop_at_last_layers"));
    }

    [Fact]
    public void Shown_WholeNumbers_AreFloatsUnlessTheirDefaultIsZero()
    {
        var options = new Options(Changes("""{"CLIP_stop_at_last_layers":2,"eta_noise_seed_delta":3}"""));
        object? Shown(string name) => options.Shown(SettingTable.Find(name)!);

        Assert.Equal(2.0, Shown("CLIP_stop_at_last_layers"));
        Assert.Equal(20.0, Shown("comma_padding_backtrack"));
        Assert.Equal(0L, Shown("lora_in_memory_limit"));
        Assert.Equal(3, Assert.IsType<JsonElement>(Shown("eta_noise_seed_delta")).GetInt32());
    }

    [Fact]
    public void Table_OfTheSettingsThatMatterToPictures_IsComplete()
    {
        string[] named =
        [
            "sd_model_checkpoint", "sd_vae", "CLIP_stop_at_last_layers", "sdxl_clip_l_skip", "emphasis", "comma_padding_backtrack", "enable_prompt_comments", "randn_source",
            "eta_noise_seed_delta", "eta_ancestral", "eta_ddim", "s_churn", "s_tmin", "s_tmax", "s_noise", "sigma_min", "sigma_max", "rho", "always_discard_next_to_last_sigma",
            "sgm_noise_multiplier", "s_min_uncond", "s_min_uncond_all", "skip_early_cond", "pad_cond_uncond", "pad_cond_uncond_v0", "beta_dist_alpha", "beta_dist_beta",
            "use_old_scheduling", "use_downcasted_alpha_bar", "inpainting_mask_weight", "initial_noise_multiplier", "img2img_extra_noise", "img2img_fix_steps",
            "img2img_color_correction", "sd_vae_encode_method", "sd_vae_decode_method", "tiling", "uni_pc_variant", "uni_pc_skip_type", "uni_pc_order", "uni_pc_lower_order_final",
            "sd_noise_schedule", "token_merging_ratio", "token_merging_ratio_hr", "token_merging_ratio_img2img", "sd_lora", "lora_preferred_name", "lora_add_hashes_to_infotext",
            "textual_inversion_add_hashes_to_infotext", "lora_in_memory_limit", "extra_networks_default_multiplier", "add_model_name_to_info", "add_model_hash_to_info",
            "add_vae_name_to_info", "add_vae_hash_to_info", "add_version_to_infotext", "enable_pnginfo", "live_previews_enable", "show_progress_every_n_steps", "show_progress_type",
            "send_seed", "samples_format", "sd_checkpoint_hash", "disable_weights_auto_swap", "img2img_background_color", "overlay_inpaint", "api_enable_requests", "api_forbid_local_requests",
        ];

        Assert.Empty(named.Except(SettingTable.All.Select(setting => setting.Name)));
        Assert.Equal(SettingTable.All.Count, SettingTable.All.DistinctBy(setting => setting.Name).Count());
        Assert.Equal("Send seed", SettingTable.Find("send_seed")!.Label);
    }

    private static Dictionary<string, JsonElement> Changes(string json) => JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(json)!;
}
