namespace LoraBridge.Training.Settings;

/// <summary>A network in sd-scripts' words: its module and its arguments.</summary>
internal static class KohyaNetwork
{
    /// <summary>The Python module that makes such a network.</summary>
    public static string Module(NetworkOptions network) => network.Algorithm switch
    {
        NetworkAlgorithm.LoRA or NetworkAlgorithm.LoCon when !network.WeightDecompose && !network.RankStabilized => "networks.lora",
        NetworkAlgorithm.DyLoRA => "networks.dylora",
        NetworkAlgorithm.LoRAFa => "networks.lora_fa",
        _ => "lycoris.kohya",
    };

    /// <summary>The arguments that the module needs to know, as text.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Arguments(TrainingOptions options)
    {
        var network = options.Network;
        var arguments = new List<KeyValuePair<string, string>>();
        if (Module(network) == "lycoris.kohya")
        {
            Add("algo", ChoiceNames.Of(network.Algorithm));
            if (network.WeightDecompose)
            {
                Add("dora_wd", "True");
                Add("wd_on_output", PythonFormat.Of(network.DecomposeOnOutput));
            }
            if (network.RankStabilized) Add("rs_lora", "True");
            if (network.Tucker) Add("use_tucker", "True");
            if (network.Algorithm == NetworkAlgorithm.LoKr) Add("factor", PythonFormat.Of(network.Factor));
        }
        if (network.EffectiveConvRank > 0 && network.Algorithm.HasRank())
        {
            Add("conv_dim", PythonFormat.Of(network.EffectiveConvRank));
            Add("conv_alpha", PythonFormat.Of(network.EffectiveConvAlpha));
        }
        if (network.RankDropout > 0) Add("rank_dropout", PythonFormat.Of(network.RankDropout));
        if (network.ModuleDropout > 0) Add("module_dropout", PythonFormat.Of(network.ModuleDropout));
        if (options.Optimizer.LoraPlusRatio is { } ratio) Add("loraplus_lr_ratio", PythonFormat.Of(ratio));
        return arguments;

        void Add(string key, string value) => arguments.Add(new(key, value));
    }
}
