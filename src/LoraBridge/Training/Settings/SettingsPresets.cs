using LoraBridge.Training.Settings.Reading;

namespace LoraBridge.Training.Settings;

/// <summary>Settings that go together, by the purpose they serve; files and command lines go before them.</summary>
public static class SettingsPresets
{
    private static readonly Dictionary<string, (string Meaning, string[] Values)> s_all = new(StringComparer.OrdinalIgnoreCase)
    {
        ["character"] = ("A person or figure from 15 to 50 pictures.",
            ["network.rank=16", "network.alpha=16", "loop.epochs=15", "loop.batchSize=2", "optimizer.unetLearningRate=1e-4", "optimizer.textEncoderLearningRate=5e-5", "loss.minSnrGamma=5", "captions.shuffle=true", "captions.keepTokens=1"]),
        ["style"] = ("A manner of drawing from 50 to 200 pictures.",
            ["network.rank=32", "network.alpha=32", "loop.epochs=10", "optimizer.unetLearningRate=1e-4", "optimizer.textEncoderLearningRate=1e-5", "loss.minSnrGamma=5", "noise.offset=0.05", "captions.shuffle=true"]),
        ["object"] = ("A thing from 10 to 30 pictures.",
            ["network.rank=8", "network.alpha=8", "loop.epochs=20", "loop.batchSize=2", "optimizer.unetLearningRate=1e-4", "optimizer.textEncoderLearningRate=5e-5", "augmentation.flip=true"]),
        ["low-memory"] = ("A card of 6 GB.",
            ["loop.batchSize=1", "loop.gradientAccumulation=4", "precision.gradientCheckpointing=true", "precision.mixed=fp16", "network.trainTextEncoder=false", "cache.latents=true", "cache.textStates=true"]),
        ["cpu"] = ("A processor: small pictures, few steps, exact numbers.",
            ["precision.device=cpu", "precision.mixed=no", "loop.batchSize=1", "buckets.width=256", "buckets.height=256", "buckets.minimumSide=128", "buckets.maximumSide=512", "network.rank=4", "network.trainTextEncoder=false", "cache.textStates=true"]),
        ["fast-test"] = ("Whether everything works, in a few steps; the result is of no use.",
            ["loop.steps=4", "loop.batchSize=1", "network.rank=2", "schedule.warmup=0", "buckets.width=128", "buckets.height=128", "buckets.minimumSide=64", "buckets.maximumSide=256", "saving.everySteps=2", "logging.interval=1", "loop.seed=1"]),
    };

    /// <summary>The presets' names, each with its purpose.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } = s_all.ToDictionary(pair => pair.Key, pair => pair.Value.Meaning, StringComparer.OrdinalIgnoreCase);

    internal static RawMap Read(string name)
    {
        var place = new SourcePlace(OriginKind.Preset, $"preset {name}", 0);
        if (!s_all.TryGetValue(name, out var preset))
        {
            var nearest = NearestName.Find(name, s_all.Keys);
            throw new SourceSyntaxException(place, $"There is no such preset{(nearest is null ? "" : $"; did you mean {nearest}?")} There are {string.Join(", ", s_all.Keys)}.");
        }
        return new(place, [.. preset.Values.Select(text => text.Split('=')).Select(pair => new RawEntry(pair[0], place, new RawScalar(place, pair[1], IsQuoted: false)))]);
    }
}
