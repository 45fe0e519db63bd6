namespace LoraBridge.Training.Settings.Reading;

/// <summary>What sd-scripts takes where its configuration says nothing: a file in its language shall mean here what it means there.</summary>
internal static class KohyaDialect
{
    private const string Name = "kohya's default";

    private static readonly string[] s_defaults =
    [
        "network.rank=4", "network.alpha=1", "loop.batchSize=1", "loop.steps=1600", "optimizer.learningRate=2e-6",
        "schedule.scheduler=constant", "schedule.warmup=0", "precision.mixed=no", "precision.gradientCheckpointing=false",
        "saving.precision=float", "saving.name=last", "saving.everySteps=none", "cache.latents=false", "buckets.enabled=false",
        "data.captionExtension=.caption", "samples.sampler=ddim", "samples.steps=30", "logging.interval=1",
    ];

    /// <summary>The values of sd-scripts for a source that names a network module, which its language demands; else none.</summary>
    public static Assignments DefaultsFor(IEnumerable<Layer> layers)
    {
        var defaults = new Assignments();
        if (layers.LastOrDefault(layer => layer.NetworkModule is not null)?.NetworkModule is not { } module) return defaults;
        foreach (var text in s_defaults) Add(defaults, text);
        if (module.StartsWith("lycoris.", StringComparison.Ordinal))
        {
            Add(defaults, "network.algorithm=locon");
            Add(defaults, "network.targets=full");
        }
        return defaults;
    }

    /// <summary>In that language lora with a rank for convolutions, and LyCORIS' lora, are what is called LoCon here.</summary>
    public static void NameLoCon(Assignments values, IEnumerable<Layer> layers, List<SettingsProblem> problems)
    {
        if (layers.LastOrDefault(layer => layer.NetworkModule is not null)?.NetworkModule is not { } module) return;
        var algorithm = values.Find("network.algorithm");
        var isLora = algorithm is null ? !module.StartsWith("lycoris.", StringComparison.Ordinal) : algorithm.Value is NetworkAlgorithm.LoRA;
        var hasConvolutions = values.Find("network.convRank") is { Value: not null } || module.StartsWith("lycoris.", StringComparison.Ordinal);
        if (!isLora || !hasConvolutions) return;
        var origin = new SettingOrigin(OriginKind.Derived, "from network_module and conv_dim", "");
        values.Overlay([new(SettingsCatalog.Get("network.algorithm"), NetworkAlgorithm.LoCon, origin)]);
        problems.Add(new(Severity.Note, $"{module} with convolutions is the algorithm locon.", "", ["network.algorithm"]));
    }

    private static void Add(Assignments values, string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var setting = SettingsCatalog.Get(text[..equals]);
        var place = new SourcePlace(OriginKind.Dialect, Name, 0);
        values.Add(new(setting, ValueConversion.Convert(setting, new RawScalar(place, text[(equals + 1)..], IsQuoted: false)).Value, new(OriginKind.Dialect, Name, "")));
    }
}
