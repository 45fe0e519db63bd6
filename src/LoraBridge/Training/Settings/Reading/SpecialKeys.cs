using System.Globalization;
using static LoraBridge.Training.Settings.Reading.KeyRule;

namespace LoraBridge.Training.Settings.Reading;

/// <summary>Keys that are more than another name: switches for a choice, values that stand for several settings, lists of arguments, other files.</summary>
internal static class SpecialKeys
{
    public static IReadOnlyList<KeyRule> All { get; } =
    [
        Switch("v2", "model.family=sd2"),
        Switch("sdxl", "model.family=sdxl"),
        Switch("v_parameterization", "model.prediction=v", "model.prediction=epsilon"),
        Switch("use_fp16", "precision.mixed=fp16", "precision.mixed=no"),
        Switch("fp16", "precision.mixed=fp16", "precision.mixed=no"),
        Switch("bf16", "precision.mixed=bf16", "precision.mixed=no"),
        Switch("full_fp16", "precision.adapter=fp16"),
        Switch("full_bf16", "precision.adapter=bf16"),
        Switch("fp8_base", "precision.frozen=fp8"),
        Switch("fp8_base_unet", "precision.frozen=fp8_unet"),
        Switch("network_train_unet_only", "network.trainTextEncoder=false"),
        Switch("network_train_text_encoder_only", "network.trainUNet=false"),
        Switch("use_8bit_adam", "optimizer.kind=AdamW8bit"),
        Switch("use_lion_optimizer", "optimizer.kind=Lion"),
        Switch("center_crop", "augmentation.randomCrop=false", "augmentation.randomCrop=true"),
        Switch("no_metadata", "metadata.level=minimal"),

        new(["resolution"], Resolution, "buckets.width"),
        new(["betas"], key => Spread(key, "optimizer.beta1", "optimizer.beta2"), "optimizer.beta1"),
        new(["face_crop_aug_range"], key => Spread(key, "augmentation.faceCropMinimum", "augmentation.faceCropMaximum"), "augmentation.faceCropMinimum"),
        new(["resize_interpolation"], ResizeInterpolation, "buckets.shrinkFilter"),
        new(["text_encoder_lr"], TextEncoderRate, "optimizer.textEncoderLearningRate", IsList: true),
        new(["down_lr_weight"], key => BlockRates(key, "optimizer.downBlockRates"), "optimizer.downBlockRates"),
        new(["up_lr_weight"], key => BlockRates(key, "optimizer.upBlockRates"), "optimizer.upBlockRates"),
        new(["algo", "network_type"], Algorithm, "network.algorithm"),
        new(["preset"], key => key.Assign("network.targets"), "network.targets"),
        new(["network_module"], NetworkModule),
        new(["network_args"], key => NamedArguments.Read(key, "network", "optimizer"), IsList: true),
        new(["optimizer_args"], key => NamedArguments.Read(key, "optimizer"), IsList: true),
        new(["lr_scheduler_args"], key => NamedArguments.Read(key, "schedule"), IsList: true),
        new(["lr_scheduler_type"], key =>
        {
            if (key.IsOn) key.Assign("schedule.scheduler");
        }),
        new(["reg_data_dir", "class_data_dir"], Regularisation),
        new(["log_with", "report_to"], LogWith),
        new(["save_model_as"], SaveAs),
        new(["config", "config_file"], key => Include(key, isDatasets: false)),
        new(["dataset_config"], key => Include(key, isDatasets: true)),
    ];

    // 512, "512,512", [512, 512], "512x768", (512, 512): width first
    private static void Resolution(KeyReading key)
    {
        if (Parts(key) is not { Count: > 0 } parts) return;
        if (parts.Count > 2)
        {
            key.Fail("wants one side or width and height, such as 512 or 512,768. Several resolutions are several data sets.");
            return;
        }
        var group = key.IsDataset ? "data" : "buckets";
        key.Assign($"{group}.width", parts[0]);
        key.Assign($"{group}.height", parts[^1]);
    }

    private static void Spread(KeyReading key, string first, string second)
    {
        if (Parts(key) is not { Count: > 0 } parts) return;
        if (parts.Count != 2)
        {
            key.Fail("wants two numbers, such as 0.9,0.999.");
            return;
        }
        key.Assign(first, parts[0]);
        key.Assign(second, parts[1]);
    }

    private static void ResizeInterpolation(KeyReading key)
    {
        if (!key.IsOn) return;
        var filter = key.Text.ToLowerInvariant() switch
        {
            "area" or "box" => "box",
            "lanczos" or "lanczos4" => "lanczos",
            "cubic" or "bicubic" => "bicubic",
            "linear" or "bilinear" => "bilinear",
            var other => other,
        };
        key.Assign("buckets.shrinkFilter", key.Scalar(filter));
        key.Assign("buckets.enlargeFilter", key.Scalar(filter));
    }

    // SDXL's two encoders have two rates; one encoder has one
    private static void TextEncoderRate(KeyReading key)
    {
        var parts = Parts(key);
        if (parts.Select(part => part.Text).Distinct().Count() > 1) key.Fail("gives several text encoders different rates, and the models trained here have one. Give one number.");
        else key.Assign("optimizer.textEncoderLearningRate", parts.Count > 0 ? parts[0] : null);
    }

    private static void BlockRates(KeyReading key, string path)
    {
        if (!key.IsOn) return;
        if (BlockRateCurve.TryExpand(key.Text, 12, out var rates)) key.Assign(path, new RawList(key.Entry.Place, [.. rates.Select(rate => key.Scalar(rate.ToString("R", CultureInfo.InvariantCulture)))]));
        else key.Assign(path);
    }

    private static void Algorithm(KeyReading key)
    {
        if (NearestName.Normalize(key.Text) == "dora") key.AssignText("network.algorithm=lora;network.weightDecompose=true");
        else key.Assign("network.algorithm");
    }

    private static void NetworkModule(KeyReading key)
    {
        var module = key.Text;
        if (module.Length == 0) return;
        key.Layer.NetworkModule = module;
        if (module is "networks.lora" or "lycoris.kohya") return;             // what they are follows from their arguments: see KohyaDialect
        if (module.StartsWith("networks.", StringComparison.Ordinal) && ChoiceNames.TryFind(typeof(NetworkAlgorithm), module["networks.".Length..], out _))
            key.Assign("network.algorithm", key.Scalar(module["networks.".Length..]));
        else
            key.Fail($"'{module}' is no network that is known here: networks.lora, networks.dylora, networks.lora_fa, networks.oft, networks.loha, networks.lokr or lycoris.kohya.");
    }

    private static void Regularisation(KeyReading key)
    {
        if (!key.IsOn) return;
        var set = key.Layer.Regularisation ??= new();
        var origin = new SettingOrigin(key.Entry.Place.Kind, key.Entry.Place.ToString(), key.Entry.Key);
        set.Overlay([new(SettingsCatalog.Get("data.folder"), key.Text, origin), new(SettingsCatalog.Get("data.isRegularisation"), true, origin)]);
    }

    private static void LogWith(KeyReading key)
    {
        var name = key.Text.ToLowerInvariant();
        if (name is "tensorboard" or "all") key.Assign("logging.tensorBoard", key.Scalar("true"));
        else if (key.IsOn && name is not "wandb") key.Fail($"'{key.Text}' is no logger that is known here: tensorboard.");
        if (name is "wandb" or "all") key.Warn("nothing is sent to Weights & Biases; event files for TensorBoard are written.");
    }

    private static void SaveAs(KeyReading key)
    {
        if (key.IsOn && key.Text.ToLowerInvariant() is not "safetensors") key.Fail($"files are written as safetensors only, not as {key.Text}: a pickle can run code when it is read.");
    }

    private static void Include(KeyReading key, bool isDatasets)
    {
        if (key.Text.Length > 0) key.Layer.Includes.Add((key.Text, isDatasets, key.Entry.Place));
    }

    private static List<RawScalar> Parts(KeyReading key)
    {
        if (key.Entry.Value is RawList list) return [.. list.Items.OfType<RawScalar>()];
        return [.. key.Text.Trim('(', ')', '[', ']').Split([',', 'x', 'X', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(key.Scalar)];
    }
}
