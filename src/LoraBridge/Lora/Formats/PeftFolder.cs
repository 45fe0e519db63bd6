using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraBridge.Checkpoints.Naming;
using LoraBridge.Files;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Formats;

/// <summary>A folder as PEFT saves it, one for each network: the tensors, and settings that tell rank and alpha.</summary>
internal static class PeftFolder
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    /// <summary>Writes <c>unet</c> and <c>text_encoder</c> below the folder, as far as the adapter changes them.</summary>
    /// <param name="file">The adapter.</param>
    /// <param name="folder">Made if it is not there.</param>
    /// <param name="save">Writes the tensors of a file.</param>
    public static IReadOnlyList<SavedLora> Write(LoraFile file, string folder, Func<string, Dictionary<string, Tensor>, SavedLora> save)
    {
        var networks = file.Modules.GroupBy(module => module.Target.Component == ModelComponent.UNet ? "unet" : "text_encoder")
            .Select(group => (Name: group.Key, Modules: group.ToArray(), Tensors: Tensors(file, folder, group))).ToArray();   // all or none
        var saved = new List<SavedLora>();
        foreach (var (name, modules, tensors) in networks)
        {
            var network = Path.Combine(folder, name);
            Directory.CreateDirectory(network);
            saved.Add(save(Path.Combine(network, "adapter_model.safetensors"), tensors));
            AtomicFile.Write(Path.Combine(network, AdapterConfig.FileName), JsonSerializer.SerializeToUtf8Bytes(Config(file, modules), s_json));
        }
        return saved;
    }

    private static Dictionary<string, Tensor> Tensors(LoraFile file, string folder, IEnumerable<LoraModule> modules)
    {
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var module in modules)
            DiffusersLayout.Add(tensors, $"base_model.model.{file.Layers.DottedNames.Diffusers(module.Target)}", module, file, folder, factor: 1);
        return tensors;
    }

    // keys in the order of the alphabet, as PEFT sorts them
    private static JsonObject Config(LoraFile file, LoraModule[] modules)
    {
        var paths = modules.ToDictionary(module => module, module => file.Layers.DottedNames.Diffusers(module.Target));
        var rank = MostFrequent(modules.Select(module => (double)module.Rank!));
        var alpha = MostFrequent(modules.Select(Alpha));
        return new()
        {
            ["alpha_pattern"] = Patterns(modules.Where(module => Alpha(module) != alpha).Select(module => (paths[module], Alpha(module)))),
            ["base_model_name_or_path"] = null,
            ["bias"] = "none",
            ["exclude_modules"] = null,
            ["fan_in_fan_out"] = false,
            ["inference_mode"] = true,
            ["init_lora_weights"] = true,
            ["layers_pattern"] = null,
            ["layers_to_transform"] = null,
            ["lora_alpha"] = Number(alpha),
            ["lora_dropout"] = 0.0,
            ["modules_to_save"] = null,
            ["peft_type"] = "LORA",
            ["r"] = Number(rank),
            ["rank_pattern"] = Patterns(modules.Where(module => module.Rank != rank).Select(module => (paths[module], (double)module.Rank!))),
            ["revision"] = null,
            ["target_modules"] = new JsonArray([.. paths.Values.Order(StringComparer.Ordinal).Select(path => JsonValue.Create(path))]),
            ["task_type"] = null,
            ["use_dora"] = Array.Exists(modules, module => module.Tensors.ContainsKey(TensorKind.DoraScale)),
            ["use_rslora"] = false,
        };
    }

    // a float32 alpha came through a division by the rank
    private static double Alpha(LoraModule module) => (float)(module.Scale * module.Rank!.Value);

    private static double MostFrequent(IEnumerable<double> values) => values.GroupBy(value => value).OrderByDescending(group => group.Count()).ThenBy(group => group.Key).First().Key;

    private static JsonObject Patterns(IEnumerable<(string Path, double Value)> rows) =>
        new(rows.OrderBy(row => row.Path, StringComparer.Ordinal).Select(row => KeyValuePair.Create<string, JsonNode?>(row.Path, Number(row.Value))));

    private static JsonValue Number(double value) => value == Math.Floor(value) && Math.Abs(value) < 1e15 ? JsonValue.Create((long)value) : JsonValue.Create(value);
}
