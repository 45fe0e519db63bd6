using LoraBridge.Generation;
using LoraBridge.Torch;
using LoraBridge.Training.Loop;
using LoraBridge.Training.Samples;
using LoraBridge.Training.Settings;

namespace LoraBridge.Training.Preflight;

/// <summary>What is known of a run before anything is loaded, and the memory that follows from it.</summary>
/// <param name="Sizes">The model.</param>
/// <param name="Data">The pictures.</param>
/// <param name="Device">Where the networks will be: cpu, cuda or cuda:N.</param>
internal sealed record RunFacts(ModelSizes Sizes, DataShape Data, string Device)
{
    // torch's own code and threads, the program's compiled code: what the first step of any model adds to the process
    private const long LibraryBytes = 32L << 20;

    /// <summary>What a measurement found steps to take beyond this forecast, in bytes; 0 without one.</summary>
    public long Beyond { get; init; }

    /// <summary>Whether the run works with a model that others draw with, which stays whole.</summary>
    public bool IsShared { get; init; }

    private bool IsOnProcessor => Device == "cpu";

    /// <summary>The memory with these settings, which may differ from those the facts were read with in all but model, data and device.</summary>
    public MemoryForecast Memory(TrainingOptions options)
    {
        var stay = NetworkStay.Of(options, IsShared);
        var type = ElementBytes(options);
        var vaeType = options.Precision.VaeInFloat32 ? sizeof(float) : type;
        var adapter = Adapter(options);
        var (size, count) = Data.Largest(options.Loop.BatchSize);
        var libraries = IsOnProcessor ? LibraryBytes : 0;
        var caches = IsOnProcessor ? Data.LatentBytes(options, Sizes.Autoencoder.PixelsPerCell) + Data.TextBytes(options, Sizes.Text.Width) : 0;
        MemoryPart[] held =
        [
            new("UNet", Sizes.UNetNumbers * type),
            new("adapter", (long)adapter.Held),
            new("average (EMA)", options.Ema.Enabled ? (long)adapter.Average : 0),
            new("libraries", libraries),
        ];
        MemoryPart text = new("text encoder", Sizes.TextNumbers * sizeof(float)), vae = new("autoencoder", Sizes.AutoencoderNumbers * vaeType);
        MemoryPart[] moving = [new("gradients", (long)adapter.Gradients), new("optimizer", (long)adapter.State)];

        var checkpoints = options.Precision.GradientCheckpointing;
        var chunks = Data.Chunks;
        var unet = UNet(size.Height, size.Width, count, 75L * chunks + 2, type);
        var trainsText = LearningRates.Of(options).TrainsTextEncoder;
        MemoryPhase steps = new(MemoryPhase.Steps, Known(
        [
            .. held, .. stay.TextEncoder ? [text] : Array.Empty<MemoryPart>(), .. stay.Autoencoder ? [vae] : Array.Empty<MemoryPart>(), .. moving,
            new("caches", caches),
            new("activations", unet.Training(checkpoints)),
            new("activations of text", trainsText ? OtherActivations.Text(Sizes.Text, count, chunks, checkpoints) : 0),
            new("workspace", Workspace(type)),
            new(MemoryPhase.Beyond, Beyond),
        ]));

        // pictures that are not cached are encoded batch by batch
        var isCached = options.Cache.Latents && Caching.CacheRefusals.Latents(options).Count == 0;
        var encoded = isCached ? Data.Variants.Keys.Max(variant => variant.Area) * options.Cache.VaeBatchSize : size.Area * count;
        MemoryPhase encoding = new(MemoryPhase.Encoding, Known([.. held, text, vae, new("caches", caches), new("activations", OtherActivations.Encoding(Sizes.Autoencoder, encoded, vaeType)), new("workspace", Workspace(vaeType))]));

        var requests = Requests(options);
        if (requests.Count == 0) return new([encoding, steps]);
        var drawn = requests.Max(request => Math.Max(
            UNet(request.Height, request.Width, request.GuidanceScale == 1 ? 1 : 2, 77, type).Inference(),
            OtherActivations.Decoding(Sizes.Autoencoder, (long)request.Width * request.Height, vaeType)));
        return new([encoding, steps, new(MemoryPhase.Samples, Known([.. held, text, vae, .. moving, new("caches", caches), new("activations", drawn), new("workspace", Workspace(type))]))]);
    }

    /// <summary>The pictures that are drawn each time.</summary>
    public static IReadOnlyList<TextToImageRequest> Requests(TrainingOptions options) => SamplePrompt.All(options.Samples, 0);

    private (double Held, double Gradients, double State, double Average) Adapter(TrainingOptions options)
    {
        var adapter = AdapterSizes.Of(Sizes.Plan(options), options.Network);
        var isHalf = options.Precision.Adapter != WeightPrecision.Fp32;
        var bytes = isHalf ? 2 : sizeof(float);
        // what half precision rounds away is kept beside it
        var state = AdapterSizes.StateBytes(options.Optimizer.Kind) + (isHalf ? sizeof(float) : 0);
        return (adapter.Held * bytes, adapter.Trained * bytes, adapter.Trained * state, adapter.Trained * sizeof(float));
    }

    private UNetActivations UNet(int height, int width, int count, long tokens, int type)
    {
        var cell = Sizes.Autoencoder.PixelsPerCell;
        return new(Sizes.UNet, count, height / cell, width / cell, tokens, type, keepsScores: IsOnProcessor || !TorchExtras.HasFusedAttention);
    }

    // convolutions copy their weights into an order of their own, forwards and backwards
    private long Workspace(int type) => 2 * Sizes.LargestConvolution * type;

    private int ElementBytes(TrainingOptions options) => options.Precision.Mixed switch
    {
        MixedPrecision.No => sizeof(float),
        MixedPrecision.Auto when IsOnProcessor => sizeof(float),
        _ => 2,
    };

    private static MemoryPart[] Known(IEnumerable<MemoryPart> parts) => [.. parts.Where(part => part.Bytes > 0)];
}
