namespace LoraBridge.Lora.Formats;

/// <summary>A key taken apart: the layer's name, and what the tensor is.</summary>
/// <param name="Stem">What stands for the layer.</param>
/// <param name="Kind">One of <see cref="TensorKind"/>.</param>
internal readonly record struct SplitKey(string Stem, string Kind);

/// <summary>The endings of keys in all layouts.</summary>
internal static class KeySuffixes
{
    private static readonly Dictionary<string, string> s_kinds = new(StringComparer.Ordinal)
    {
        // PEFT, and what diffusers writes today
        ["lora_A.weight"] = TensorKind.Down,
        ["lora_B.weight"] = TensorKind.Up,
        ["lora_B.bias"] = TensorKind.UpBias,
        [TensorKind.Magnitude] = TensorKind.Magnitude,
        [TensorKind.Magnitude + ".weight"] = TensorKind.Magnitude,
        // diffusers' generations before
        ["lora.down.weight"] = TensorKind.Down,
        ["lora.up.weight"] = TensorKind.Up,
        ["lora.alpha"] = TensorKind.Alpha,
        ["lora_linear_layer.down.weight"] = TensorKind.Down,
        ["lora_linear_layer.up.weight"] = TensorKind.Up,
        ["lora_linear_layer.alpha"] = TensorKind.Alpha,
        ["down.weight"] = TensorKind.Down,
        ["up.weight"] = TensorKind.Up,
    };

    static KeySuffixes()
    {
        foreach (var kind in TensorKind.All) s_kinds.Add(kind, kind);
    }

    /// <summary>Takes a key apart at the longest ending that is known; null when none is.</summary>
    public static SplitKey? Split(string key)
    {
        var dots = LastDots(key);
        for (var i = dots.Count - 1; i >= 0; i--)
        {
            var tail = key[(dots[i] + 1)..];
            if (s_kinds.TryGetValue(tail, out var kind) || s_kinds.TryGetValue(WithoutAdapterName(tail), out kind))
                return new(key[..dots[i]], kind);
        }
        return null;
    }

    // positions of the last three dots, the last one first
    private static List<int> LastDots(string key)
    {
        var dots = new List<int>(3);
        for (var dot = key.LastIndexOf('.'); dot > 0 && dots.Count < 3; dot = key.LastIndexOf('.', dot - 1)) dots.Add(dot);
        return dots;
    }

    // lora_A.default.weight: PEFT keeps adapters of several names in one model
    private static string WithoutAdapterName(string tail)
    {
        var parts = tail.Split('.');
        return parts switch
        {
            ["lora_A" or "lora_B" or TensorKind.Magnitude, _, var last] => $"{parts[0]}.{last}",
            [TensorKind.Magnitude, _] => TensorKind.Magnitude,
            _ => tail,
        };
    }
}
