namespace LoraBridge.Training.Settings;

/// <summary>An optimizer in sd-scripts' words: a full class name, and in brackets the arguments that were given.</summary>
internal static class KohyaOptimizer
{
    /// <summary>For example <c>bitsandbytes.optim.adamw.AdamW8bit(weight_decay=0.1)</c>.</summary>
    public static string Name(OptimizerOptions options)
    {
        var arguments = Arguments(options).ToArray();
        return Class(options.Kind) + (arguments.Length > 0 ? $"({string.Join(",", arguments)})" : "");
    }

    private static string Class(OptimizerKind kind) => kind switch
    {
        OptimizerKind.AdamW => "torch.optim.adamw.AdamW",
        OptimizerKind.AdamW8bit => "bitsandbytes.optim.adamw.AdamW8bit",
        OptimizerKind.PagedAdamW8bit => "bitsandbytes.optim.adamw.PagedAdamW8bit",
        OptimizerKind.PagedAdamW => "bitsandbytes.optim.adamw.PagedAdamW",
        OptimizerKind.Lion => "lion_pytorch.lion_pytorch.Lion",
        OptimizerKind.Lion8bit => "bitsandbytes.optim.lion.Lion8bit",
        OptimizerKind.SgdNesterov => "torch.optim.sgd.SGD",
        OptimizerKind.SgdNesterov8bit => "bitsandbytes.optim.sgd.SGD8bit",
        OptimizerKind.DAdaptAdam => "dadaptation.dadapt_adam.DAdaptAdam",
        OptimizerKind.DAdaptAdaGrad => "dadaptation.dadapt_adagrad.DAdaptAdaGrad",
        OptimizerKind.DAdaptLion => "dadaptation.dadapt_lion.DAdaptLion",
        OptimizerKind.DAdaptSgd => "dadaptation.dadapt_sgd.DAdaptSGD",
        OptimizerKind.DAdaptAdan => "dadaptation.dadapt_adan.DAdaptAdan",
        OptimizerKind.DAdaptAdanIp => "dadaptation.experimental.DAdaptAdanIP",
        OptimizerKind.Prodigy => "prodigyopt.prodigy.Prodigy",
        OptimizerKind.Adafactor => "transformers.optimization.Adafactor",
        OptimizerKind.AdamWScheduleFree => "schedulefree.adamw_schedulefree.AdamWScheduleFree",
        OptimizerKind.RAdamScheduleFree => "schedulefree.radam_schedulefree.RAdamScheduleFree",
        _ => "schedulefree.sgd_schedulefree.SGDScheduleFree",
    };

    // only what differs from the optimizer's own numbers, as a user of the origin would have given it
    private static IEnumerable<string> Arguments(OptimizerOptions options)
    {
        var kind = options.Kind;
        if (kind is OptimizerKind.SgdNesterov or OptimizerKind.SgdNesterov8bit) yield return $"momentum={PythonFormat.Of(options.Momentum)}";
        if (kind is OptimizerKind.SgdNesterov or OptimizerKind.SgdNesterov8bit) yield return "nesterov=True";
        if (kind == OptimizerKind.Adafactor) yield return $"relative_step={PythonFormat.Of(options.RelativeStep)}";
        if (kind == OptimizerKind.Adafactor && !options.ScaleParameter) yield return "scale_parameter=False";
        if (kind == OptimizerKind.Adafactor && options.WarmupInit) yield return "warmup_init=True";
        if (options.WeightDecay is { } decay) yield return $"weight_decay={PythonFormat.Of(decay)}";
        if (options.Beta1 is not null || options.Beta2 is not null)
        {
            var numbers = OptimizerDefaults.Of(options);
            yield return $"betas=({PythonFormat.Of(numbers.Beta1)}, {PythonFormat.Of(numbers.Beta2)})";
        }
        if (options.Epsilon is { } epsilon) yield return $"eps={PythonFormat.Of(epsilon)}";
        if (!kind.FindsLearningRate()) yield break;
        if (options.InitialD is not 1e-6) yield return $"d0={PythonFormat.Of(options.InitialD)}";
        if (options.DCoefficient is not 1) yield return $"d_coef={PythonFormat.Of(options.DCoefficient)}";
        if (options.UseBiasCorrection) yield return "use_bias_correction=True";
        if (options.SafeguardWarmup) yield return "safeguard_warmup=True";
        if (!options.Decouple) yield return "decouple=False";
        if (options.GrowthRate is { } growth) yield return $"growth_rate={PythonFormat.Of(growth)}";
    }
}
