using LoraBridge.Torch;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Diffusion.Models;

/// <summary>
/// The network that predicts the noise (or the velocity) in latents. Its parameters are named as in a single-file
/// checkpoint, without "model.diffusion_model.".
/// </summary>
public sealed class UNet2DConditionModel : Module<Tensor, Tensor, Tensor, Tensor>
{
    private readonly TimestepEmbedding time_embed;
    private readonly ModuleList<UNetBlock> input_blocks, output_blocks;
    private readonly UNetBlock middle_block;
    private readonly OutputLayers @out;
    private readonly List<SpatialTransformer> _finest = [];

    /// <summary>Lays the network out; it holds no tensors until it is given some.</summary>
    public UNet2DConditionModel(UNetConfig config) : base(nameof(UNet2DConditionModel))
    {
        Config = config;
        time_embed = new(config.ModelChannels, config.EmbeddingChannels);

        var channels = config.ModelChannels;
        var skips = new Stack<long>([channels]);                                // widths of the way down, to be joined on the way up
        input_blocks = new(new UNetBlock(new Conv2dLayer(config.InputChannels, channels, kernel: 3, padding: 1)));
        foreach (var (level, i) in config.Levels.Select((level, i) => (level, i)))
        {
            foreach (var depth in level.InputDepths)
            {
                input_blocks.Add(new UNetBlock(Layers(channels, level.Channels, depth, isFinest: i == 0)));
                skips.Push(channels = level.Channels);
            }
            if (i == config.Levels.Count - 1) break;
            input_blocks.Add(new UNetBlock(new Downsample(channels)));
            skips.Push(channels);
        }

        middle_block = new([.. Layers(channels, channels, config.MiddleDepth), new ResBlock(config, channels, channels)]);

        output_blocks = new();
        for (var i = config.Levels.Count - 1; i >= 0; i--)
        {
            var level = config.Levels[i];
            for (var j = 0; j < level.OutputDepths.Count; j++)
            {
                var layers = Layers(channels + skips.Pop(), level.Channels, level.OutputDepths[j], isFinest: i == 0);
                channels = level.Channels;
                if (i > 0 && j == level.OutputDepths.Count - 1) layers.Add(new Upsample(channels));
                output_blocks.Add(new UNetBlock(layers));
            }
        }

        @out = new(config, channels);
        RegisterComponents();
    }

    /// <summary>The sizes the network was laid out by.</summary>
    public UNetConfig Config { get; }

    /// <summary>The type to compute in; weights of another type are converted where they are used.</summary>
    public ScalarType ComputeType { get; set; } = ScalarType.Float32;

    /// <summary>What is computed again in the backward pass; set it before the forward pass.</summary>
    public Checkpointing Checkpointing
    {
        get;
        set
        {
            field = value;
            foreach (var module in modules())
                if (module is CrossAttention attention) attention.KeptScoreBytes = Attention.KeptBytes(value);
        }
    }

    /// <summary>Which part of the tokens at the finest resolution is merged for attention among themselves, 0 to 1; 0, the default, is the network as it was trained.</summary>
    public double TokenMergingRatio
    {
        get;
        set
        {
            field = value;
            foreach (var transformer in _finest) transformer.TokenMergingRatio = value;
        }
    }

    /// <summary>Predicts what is to be taken out of the latents.</summary>
    /// <param name="latents">Noisy latents, (B, 4, h, w).</param>
    /// <param name="timesteps">Timesteps, (B), of int64 or, fractional, of a float type.</param>
    /// <param name="textEmbeddings">The prompts, (B, T, D).</param>
    /// <returns>The prediction, (B, 4, h, w), in the type of the latents.</returns>
    /// <exception cref="ArgumentException">A shape does not fit the network or the other arguments.</exception>
    public override Tensor forward(Tensor latents, Tensor timesteps, Tensor textEmbeddings)
    {
        CheckShapes(latents.shape, timesteps.shape, textEmbeddings.shape);
        using var scope = NewDisposeScope();
        var embedding = Activations.Silu(time_embed.call(timesteps).clone()).to(ComputeType);   // (B, E)
        var context = textEmbeddings.to(ComputeType);                           // (B, T, D)
        var h = latents.to(ComputeType);                                        // (B, 4, h, w)

        var skips = new Stack<Tensor>();
        foreach (var block in input_blocks) skips.Push(h = Run(t => block.call(t[0], t[1], t[2]), h, embedding, context));
        h = Run(t => middle_block.call(t[0], t[1], t[2]), h, embedding, context);
        foreach (var block in output_blocks)
        {
            // joined inside, so that a checkpointed block keeps no second copy of both
            h = Run(t => block.call(cat([FitTo(t[0], t[1]), t[1]], dim: 1), t[2], t[3]), h, skips.Pop(), embedding, context);
        }

        return @out.call(h).to(latents.dtype).MoveToOuterDisposeScope();        // (B, 4, h, w)
    }

    private Tensor Run(Func<Tensor[], Tensor> block, params Tensor[] inputs) =>
        Checkpointing == Checkpointing.Blocks ? TorchExtras.Checkpoint(block, inputs) : block(inputs);

    // an odd size was rounded up on the way down and is one cell too large when it comes back
    private static Tensor FitTo(Tensor h, Tensor skip)
    {
        long[] size = skip.shape[2..], own = h.shape[2..];
        return own[0] == size[0] && own[1] == size[1] ? h : functional.interpolate(h, size: size);
    }

    private List<Module> Layers(long inputChannels, long channels, int depth, bool isFinest = false)
    {
        List<Module> layers = [new ResBlock(Config, inputChannels, channels)];
        if (depth == 0) return layers;
        var transformer = new SpatialTransformer(Config, channels, depth);
        if (isFinest) _finest.Add(transformer);
        return [.. layers, transformer];
    }

    private void CheckShapes(long[] latents, long[] timesteps, long[] textEmbeddings)
    {
        static string Show(long[] shape) => $"[{string.Join(", ", shape)}]";
        if (latents.Length != 4 || latents[1] != Config.InputChannels)
            throw new ArgumentException($"Latents must be (B, {Config.InputChannels}, h, w), not {Show(latents)}.", nameof(latents));
        if (timesteps.Length != 1 || timesteps[0] != latents[0])
            throw new ArgumentException($"Timesteps must be one for each of the {latents[0]} latents, not {Show(timesteps)}.", nameof(timesteps));
        if (textEmbeddings.Length != 3 || textEmbeddings[0] != latents[0] || textEmbeddings[2] != Config.ContextDim)
            throw new ArgumentException($"Text embeddings must be ({latents[0]}, T, {Config.ContextDim}), not {Show(textEmbeddings)}: are they from this model's text encoder?", nameof(textEmbeddings));
    }

    private sealed class OutputLayers : Module<Tensor, Tensor>
    {
        [ComponentName(Name = "0")]
        private readonly GroupNormLayer _norm;

        [ComponentName(Name = "2")]
        private readonly Conv2dLayer _conv;

        public OutputLayers(UNetConfig config, long channels) : base(nameof(OutputLayers))
        {
            _norm = new(config.NormGroups, channels, epsilon: 1e-5, withSilu: true);
            _conv = new(channels, config.OutputChannels, kernel: 3, padding: 1);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            using var scope = NewDisposeScope();
            return _conv.call(_norm.call(x)).MoveToOuterDisposeScope();
        }
    }
}
