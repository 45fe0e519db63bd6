using EmojiDiffusion.Data;
using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Models;
using LoraBridge.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace EmojiDiffusion.Training;

/// <summary>
/// Between the autoencoder and the UNet: the text encoder alone learns what its words look like, by telling a glyph's coarse latents from the
/// state of a caption's end through one linear layer, which is thrown away. That takes minutes; a UNet that begins with an encoder which
/// knows nothing takes hours to tell one glyph from another.
/// </summary>
internal sealed class TextStage
{
    /// <summary>What it writes: the text encoder, by its parameters' names.</summary>
    public const string FileName = "text.safetensors";

    private const string Name = "text";

    private readonly StageOptions _options;
    private readonly IReadOnlyList<TrainingPhase> _phases;
    private readonly IReadOnlyList<Glyph> _glyphs;
    private readonly GlyphCaptions _captions;
    private readonly string _autoencoderPath;
    private readonly TextWriter _log;

    /// <param name="options">Where and how.</param>
    /// <param name="phases">The steps.</param>
    /// <param name="glyphs">What is learned.</param>
    /// <param name="tokens">The tokens of all captions.</param>
    /// <param name="autoencoderPath">The autoencoder that makes the latents.</param>
    /// <param name="log">Told of progress.</param>
    public TextStage(StageOptions options, IReadOnlyList<TrainingPhase> phases, IReadOnlyList<Glyph> glyphs, UsedTokens tokens, string autoencoderPath, TextWriter log) =>
        (_options, _phases, _glyphs, _captions, _autoencoderPath, _log) = (options, phases, glyphs, new(glyphs, tokens), autoencoderPath, log);

    /// <summary>One phase.</summary>
    public static IReadOnlyList<TrainingPhase> Phases(long steps, int batch) => [new(steps, batch, Glyph.Size / 2, 1e-3, 1e-5, Warmup: 200)];

    /// <summary>Trains, or goes on, until the end or until it is cancelled; writes the text encoder now and then.</summary>
    /// <returns>Whether the end was reached.</returns>
    public bool Run(CancellationToken cancel)
    {
        manual_seed(_options.Seed);
        var device = new Device(_options.Device);
        using var latents = LatentTable.ReadOrMake(_options, _autoencoderPath, _glyphs, _log);                              // (G, backgrounds, 4, 16, 16)
        using var targets = nn.functional.avg_pool2d(latents.flatten(0, 1), 2).flatten(start_dim: 1);                       // (G backgrounds, 256)
        using var text = new ClipTextModel(ModelSizes.Text(_captions.Tokens.Ids.Count));
        ModelWeights.Fill(text, (name, shape) => InitialWeights.Of(name, shape, zeroEnds: false).to(device));
        using var head = zeros([ModelSizes.TextWidth, targets.shape[1]], dtype: float32, device: device);                   // (D, 256)
        using var bias = zeros([targets.shape[1]], dtype: float32, device: device);                                         // (256)
        NamedParameter[] parameters = [.. text.named_parameters().Select(entry => new NamedParameter(entry.name, entry.parameter)), new("head", head), new("bias", bias)];
        using var run = new StageRun(Name, parameters, _phases, _options, _log);
        return run.Run((step, phase) => run.Backward(() => Loss(step, phase)), step => Show(step), cancel);

        Tensor Told(long[] ids, long[] ends)                                    // (B, 256)
        {
            var states = text.call(tensor(ids, [ends.Length, UsedTokens.Length]).to(device), 1).flatten(0, 1);              // (B 77, D)
            var rows = ends.Select((end, i) => (i * (long)UsedTokens.Length) + end).ToArray();
            return states.index_select(0, tensor(rows).to(device)).mm(head) + bias;
        }

        Tensor Loss(long step, TrainingPhase phase)
        {
            using var scope = NewDisposeScope();
            var (rows, ids, ends) = _captions.Draw(_options.Seed, step, phase.Batch);
            return (Told(ids, ends) - targets.index_select(0, tensor(rows)).to(device)).square().mean().MoveToOuterDisposeScope();
        }

        void Show(long step)
        {
            SafetensorsWriter.Write(Path.Combine(_options.Folder, FileName), text.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.detach().to(float32, CPU)));
            var white = arange(0, _glyphs.Count * (long)BackgroundColor.All.Count, BackgroundColor.All.Count);
            var known = targets.index_select(0, white);                         // (G, 256)
            var told = cat([.. Enumerable.Range(0, _glyphs.Count).Chunk(64).Select(some => { var (ids, ends) = _captions.Plain(some); return Told(ids, ends).cpu(); })], dim: 0);
            var distances = known.square().sum([1]) - (2 * told.mm(known.transpose(0, 1)));                                 // (G, G), but for a constant in each row
            var own = distances.argmin(1).eq(arange(0, _glyphs.Count)).to(float32).mean().ToDouble();
            var unexplained = ((told - known).square().mean() / (known - known.mean([0L], keepdim: true)).square().mean()).ToDouble();
            _log.WriteLine($"{Name}: step {step}: of {_glyphs.Count} names {own:P0} tell their own glyph from all others; {1 - unexplained:P0} of what differs between glyphs is told");
        }
    }
}
