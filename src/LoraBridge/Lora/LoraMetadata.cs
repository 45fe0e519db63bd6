using System.Globalization;
using System.Text;
using LoraBridge.Checkpoints.Naming;

namespace LoraBridge.Lora;

/// <summary>
/// The least that an adapter file says of itself, so that other programs can place it: what the original trainer writes even
/// when it is told to write no metadata, and the fields of ModelSpec.
/// </summary>
public sealed record LoraMetadata
{
    /// <summary>The adapter's name; the web UI offers it as an alias.</summary>
    public required string Title { get; init; }

    /// <summary>The family of models it is for.</summary>
    public ModelFamily Family { get; init; } = ModelFamily.StableDiffusion1;

    /// <summary>Whether the model predicts velocity rather than noise.</summary>
    public bool IsVPrediction { get; init; }

    /// <summary>The network's kind as the original trainer calls it: <c>networks.lora</c>, <c>lycoris.kohya</c>.</summary>
    public string NetworkModule { get; init; } = "networks.lora";

    /// <summary>The rank; null writes "Dynamic", for ranks that differ.</summary>
    public long? Rank { get; init; }

    /// <summary>alpha; null writes "Dynamic".</summary>
    public double? Alpha { get; init; }

    /// <summary>The network's further arguments, such as <c>conv_dim</c>; none are written when empty.</summary>
    public IReadOnlyDictionary<string, string> NetworkArguments { get; init; } = new Dictionary<string, string>();

    /// <summary>Width of the pictures it is meant for, in pixels.</summary>
    public int Width { get; init; } = 512;

    /// <summary>Height of the pictures it is meant for, in pixels.</summary>
    public int Height { get; init; } = 512;

    /// <summary>The text encoder's layer counted from the end; null when the last is used as ever.</summary>
    public int? ClipSkip { get; init; }

    /// <summary>The metadata as a file has them: text alone, in Python's spelling.</summary>
    /// <param name="time">Gives the date.</param>
    public Dictionary<string, string> ToDictionary(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ss_output_name"] = Title,
            ["ss_v2"] = Family == ModelFamily.StableDiffusion2 ? "True" : "False",
            ["ss_base_model_version"] = BaseModelVersion,
            ["ss_network_module"] = NetworkModule,
            ["ss_network_dim"] = Rank?.ToString(CultureInfo.InvariantCulture) ?? "Dynamic",
            ["ss_network_alpha"] = Alpha is { } alpha ? PythonFloat(alpha) : "Dynamic",
            ["modelspec.sai_model_spec"] = "1.0.1",
            ["modelspec.architecture"] = Architecture,
            ["modelspec.implementation"] = Family == ModelFamily.StableDiffusionXL ? "https://github.com/Stability-AI/generative-models" : "diffusers",
            ["modelspec.title"] = Title,
            ["modelspec.resolution"] = string.Create(CultureInfo.InvariantCulture, $"{Width}x{Height}"),
            ["modelspec.date"] = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture),
            ["modelspec.prediction_type"] = IsVPrediction ? "v" : "epsilon",
        };
        if (NetworkArguments.Count > 0) metadata["ss_network_args"] = PythonJson(NetworkArguments);
        if (ClipSkip is { } layer) metadata["modelspec.encoder_layer"] = layer.ToString(CultureInfo.InvariantCulture);
        return metadata;
    }

    private string BaseModelVersion => Family switch
    {
        ModelFamily.StableDiffusion2 => IsVPrediction ? "sd_v2_v" : "sd_v2",
        ModelFamily.StableDiffusionXL => "sdxl_base_v1-0",
        _ => IsVPrediction ? "sd_v1_v" : "sd_v1",
    };

    private string Architecture => Family switch
    {
        ModelFamily.StableDiffusion2 => IsVPrediction ? "stable-diffusion-v2-768-v/lora" : "stable-diffusion-v2-512/lora",
        ModelFamily.StableDiffusionXL => "stable-diffusion-xl-v1-base/lora",
        _ => "stable-diffusion-v1/lora",
    };

    private static string PythonFloat(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant();
        return text.AsSpan().ContainsAny('.', 'e', 'n') ? text : text + ".0";
    }

    // spaces after comma and colon, and nothing beyond ASCII
    private static string PythonJson(IReadOnlyDictionary<string, string> values) =>
        "{" + string.Join(", ", values.Select(pair => $"{Quoted(pair.Key)}: {Quoted(pair.Value)}")) + "}";

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                '\n' => quoted.Append("\\n"),
                < ' ' or > '~' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => quoted.Append(c),
            };
        return quoted.Append('"').ToString();
    }
}
