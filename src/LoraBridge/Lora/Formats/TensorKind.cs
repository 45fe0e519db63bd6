namespace LoraBridge.Lora.Formats;

/// <summary>What a module's tensors are called after the layer's name, as kohya's trainer and LyCORIS write them.</summary>
internal static class TensorKind
{
    public const string Alpha = "alpha", Scale = "scale", DoraScale = "dora_scale";

    public const string Down = "lora_down.weight", Up = "lora_up.weight", Mid = "lora_mid.weight", UpBias = "lora_up.bias";

    public const string HadaW1A = "hada_w1_a", HadaW1B = "hada_w1_b", HadaW2A = "hada_w2_a", HadaW2B = "hada_w2_b", HadaT1 = "hada_t1", HadaT2 = "hada_t2";

    public const string LokrW1 = "lokr_w1", LokrW1A = "lokr_w1_a", LokrW1B = "lokr_w1_b";
    public const string LokrW2 = "lokr_w2", LokrW2A = "lokr_w2_a", LokrW2B = "lokr_w2_b", LokrT2 = "lokr_t2";

    public const string Ia3 = "weight", OnInput = "on_input";

    public const string Difference = "diff", DifferenceOfBias = "diff_b", NormWeight = "w_norm", NormBias = "b_norm", Replacement = "set_weight";

    public const string GloraA1 = "a1.weight", GloraA2 = "a2.weight", GloraB1 = "b1.weight", GloraB2 = "b2.weight", GloraMid = "bm.weight";

    public const string OftBlocks = "oft_blocks", OftRotations = "oft_diag", Rescale = "rescale";

    /// <summary>PEFT's magnitudes, one for each output whatever their shape; read as <see cref="DoraScale"/>.</summary>
    public const string Magnitude = "lora_magnitude_vector";

    /// <summary>Every kind that stands for something.</summary>
    public static IReadOnlySet<string> All { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        Alpha, Scale, DoraScale, Down, Up, Mid, UpBias, HadaW1A, HadaW1B, HadaW2A, HadaW2B, HadaT1, HadaT2,
        LokrW1, LokrW1A, LokrW1B, LokrW2, LokrW2A, LokrW2B, LokrT2, Ia3, OnInput, Difference, DifferenceOfBias,
        NormWeight, NormBias, Replacement, GloraA1, GloraA2, GloraB1, GloraB2, GloraMid, OftBlocks, OftRotations, Rescale,
    };

    /// <summary>Kinds of one element, which keep their value exactly when they are written.</summary>
    public static bool IsNumber(string kind) => kind is Alpha or Scale or OnInput;
}
