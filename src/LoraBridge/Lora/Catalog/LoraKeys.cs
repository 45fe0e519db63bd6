using LoraBridge.Checkpoints;

namespace LoraBridge.Lora.Catalog;

/// <summary>
/// What the names and shapes of an adapter's tensors tell. The layers are not looked up in a model, so every layout counts alike:
/// a module is what stands before the kind of tensor, <c>lora_te_…_mlp_fc1</c> or <c>unet.….to_q.lora_A</c> without its end.
/// </summary>
internal sealed class LoraKeys
{
    private readonly HashSet<string> _unet = new(StringComparer.Ordinal), _text = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Kronecker> _kronecker = new(StringComparer.Ordinal);

    private LoraKeys()
    {
    }

    public LoraAlgorithms Algorithms { get; private set; }

    public int UNetModules => _unet.Count;

    public int TextModules => _text.Count;

    public int MinRank { get; private set; }

    public int MaxRank { get; private set; }

    /// <summary>The UNet's modules by their names.</summary>
    public IReadOnlyCollection<string> UNetStems => _unet;

    /// <summary>The text encoders' modules by their names.</summary>
    public IReadOnlyCollection<string> TextStems => _text;

    /// <summary>How wide the text is that the first cross-attention takes; null when no module tells.</summary>
    public long? ContextWidth { get; private set; }

    /// <summary>How wide the text encoder is, by its first attention; null when no module tells.</summary>
    public long? TextWidth { get; private set; }

    public static LoraKeys Of(IEnumerable<TensorEntry> tensors)
    {
        var keys = new LoraKeys();
        foreach (var tensor in tensors) keys.Add(tensor);
        foreach (var (stem, parts) in keys._kronecker)
        {
            keys.AddRank(parts.Rank2 ?? parts.Rank1);
            keys.AddWidth(stem, parts.Columns1 * parts.Columns2);
        }
        return keys;
    }

    private void Add(TensorEntry tensor)
    {
        var (stem, kind) = Split(tensor.Name);
        var shape = tensor.Shape;
        var algorithm = AlgorithmOf(kind, shape);
        if (algorithm == LoraAlgorithms.None) return;
        Algorithms |= algorithm;
        var stems = IsText(stem) ? _text : _unet;
        stems.Add(stem);
        if (shape.Count < 2) return;

        switch (kind)
        {
            case "lora_down" or "lora_A" or "down" or "hada_w1_b":
                AddRank(shape[0]);
                AddWidth(stem, shape[1]);
                break;
            case "a1" or "a2":                                                  // old files have them swapped
                AddRank(Math.Min(shape[0], shape[1]));
                AddWidth(stem, Math.Max(shape[0], shape[1]));
                break;
            case "diff":
                AddWidth(stem, shape[1]);
                break;
            case "lokr_w1" or "lokr_w1_b" or "lokr_w2" or "lokr_w2_b":
                _kronecker[stem] = _kronecker.GetValueOrDefault(stem).With(kind, shape);
                break;
        }
    }

    private static (string Stem, string Kind) Split(string key)
    {
        var name = key.EndsWith(".weight", StringComparison.Ordinal) ? key[..^".weight".Length] : key;
        var (stem, kind) = AtLast(name);
        // PEFT may put the adapter's own name behind the factor's
        if (AlgorithmOf(kind, []) == LoraAlgorithms.None && AtLast(stem) is { Kind: "lora_A" or "lora_B" or "lora_magnitude_vector" } inner) return inner;
        return (stem, kind);
    }

    private static (string Stem, string Kind) AtLast(string name)
    {
        var end = name.AsSpan().LastIndexOfAny('.', ':');                       // one old layout writes "unet:0:down"
        return end < 0 ? ("", name) : (name[..end], name[(end + 1)..]);
    }

    private static LoraAlgorithms AlgorithmOf(string kind, IReadOnlyList<long> shape) => kind switch
    {
        "lora_down" or "lora_up" or "lora_A" or "lora_B" or "down" or "up" => LoraAlgorithms.Lora,
        "lora_mid" => LoraAlgorithms.Lora | LoraAlgorithms.Tucker,
        "hada_w1_a" or "hada_w1_b" or "hada_w2_a" or "hada_w2_b" => LoraAlgorithms.LoHa,
        "hada_t1" or "hada_t2" => LoraAlgorithms.LoHa | LoraAlgorithms.Tucker,
        "lokr_w1" or "lokr_w1_a" or "lokr_w1_b" or "lokr_w2" or "lokr_w2_a" or "lokr_w2_b" => LoraAlgorithms.LoKr,
        "lokr_t2" => LoraAlgorithms.LoKr | LoraAlgorithms.Tucker,
        "on_input" => LoraAlgorithms.Ia3,
        "diff" or "diff_b" or "set_weight" => LoraAlgorithms.Full,
        "w_norm" or "b_norm" => LoraAlgorithms.Norm,
        "a1" or "a2" or "b1" or "b2" or "bm" => LoraAlgorithms.GLora,
        "oft_blocks" when shape.Count == 4 => LoraAlgorithms.Boft,
        "oft_blocks" or "oft_diag" => LoraAlgorithms.Oft,
        "dora_scale" or "lora_magnitude_vector" => LoraAlgorithms.DoRA,
        _ => LoraAlgorithms.None,
    };

    private static bool IsText(string stem) =>
        stem.StartsWith("lora_te", StringComparison.Ordinal) || stem.StartsWith("text_encoder", StringComparison.Ordinal)
        || stem.StartsWith("oft_te", StringComparison.Ordinal) || stem.Contains("text_model", StringComparison.Ordinal);

    private void AddRank(long? rank)
    {
        if (rank is not (> 0 and <= int.MaxValue)) return;
        MinRank = MinRank == 0 ? (int)rank : Math.Min(MinRank, (int)rank);
        MaxRank = Math.Max(MaxRank, (int)rank);
    }

    private void AddWidth(string stem, long? width)
    {
        if (IsText(stem))
        {
            if (stem.Contains("self_attn", StringComparison.Ordinal)) TextWidth ??= width;
        }
        else if (ContextWidth is null && stem.Contains("attn2", StringComparison.Ordinal)
            && (stem.Contains("to_k", StringComparison.Ordinal) || stem.Contains("to_v", StringComparison.Ordinal)))
        {
            ContextWidth = width;
        }
    }

    /// <summary>The parts of a Kronecker product: each side whole, or as two factors of its own.</summary>
    private readonly record struct Kronecker(long? Rank1, long? Rank2, long? Columns1, long? Columns2)
    {
        public Kronecker With(string kind, IReadOnlyList<long> shape) => kind switch
        {
            "lokr_w1" => this with { Columns1 = shape[1] },
            "lokr_w1_b" => this with { Columns1 = shape[1], Rank1 = shape[0] },
            "lokr_w2" => this with { Columns2 = shape[1] },
            _ => this with { Columns2 = shape[1], Rank2 = shape[0] },
        };
    }
}
